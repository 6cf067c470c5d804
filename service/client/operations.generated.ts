// Made from the operations by npm run generate; a test keeps it true. Do not edit.
import type { OperationTable, OptionSpecs } from '../url/option.ts'

/** brightness, contrast, saturation, hue and gamma, applied in this order; each left out changes nothing */
export type AdjustOptions = {
  /** brightness in percent: -100 is black, 100 white */
  b?: number
  /** contrast in percent: -100 is grey, 100 twice as much */
  c?: number
  /** saturation in percent: -100 has no colour, 100 twice as much */
  s?: number
  /** hue: degrees around the colour wheel */
  h?: number
  /** gamma of the middle tones: above 1 brightens, below 1 darkens */
  g?: number
}

/** blurs by a Gaussian */
export type BlurOptions = {
  /** standard deviation (sigma) in pixels */
  s?: number
}

/** frames the picture, which grows by it and loses nothing; a rounded one: round_r-16,bg-00f_border_w-4,c-00f_round_r-20 */
export type BorderOptions = {
  /** pixels on every side */
  w?: number
  /** colour */
  c?: string
}

/** cuts a region out: at a place (x, y), or by gravity; numbers below 1 are fractions of the picture */
export type CropOptions = {
  /** left edge, in pixels or below 1 as a fraction */
  x?: number
  /** top edge, in pixels or below 1 as a fraction */
  y?: number
  /** width, in pixels or below 1 as a fraction */
  w?: number
  /** height, in pixels or below 1 as a fraction */
  h?: number
  /** aspect ratio, alone or with one of w and h */
  ar?: `${number}:${number}`
  /** which part of the picture is kept: an edge, a corner, what stands out, its focal point or faces */
  g?: "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest" | "smart" | "entropy" | "focal" | "face"
}

/** draws the picture in two colours and what lies between them: dark parts in a, light ones in b */
export type DuotoneOptions = {
  /** colour of the shadows; an opaque one */
  a?: string
  /** colour of the highlights; an opaque one */
  b?: string
}

/** how the result is written; an option that is left out follows the format */
export type EncodeOptions = {
  /** quality; left out: jpg 80, webp 79, avif 58, jxl 75, png and tiff lossless. auto: what this picture needs (not for animations) */
  q?: number | "auto"
  /** time spent on size: 0 fastest, 9 smallest */
  effort?: number
  /** keep every pixel as it is, where the format can; 16 bits too (png, tiff) */
  lossless?: boolean
  /** show a coarse picture first (jpg, png, gif) */
  progressive?: boolean
  /** bytes that the result may have: quality gives way, lossless does not */
  maxbytes?: number
  /** what describes the original and stays in the result: nothing, whose it is (EXIF, XMP, IPTC), or EXIF and XMP */
  meta?: "strip" | "copyright" | "keep"
  /** colours of the result: sRGB, Display P3, or as the original has them, with its 16 bits (png, tiff) or its HDR gain map (jpg) */
  profile?: "srgb" | "p3" | "keep"
  /** webp: nearly lossless, pixels may change a little: 0 most, 100 not at all */
  near?: number
}

/** grows the canvas to a size or an aspect ratio; the picture is neither scaled nor cropped */
export type ExtendOptions = {
  /** least width of the canvas in pixels */
  w?: number
  /** least height of the canvas in pixels */
  h?: number
  /** aspect ratio of the canvas, instead of w and h */
  ar?: `${number}:${number}`
  /** where the picture sits: the middle, an edge or a corner */
  g?: "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest"
  /** the colour of new area; transparent becomes white where the format has no transparency */
  bg?: string
}

/** mirrors the picture: h left to right, v top to bottom */
export type FlipOptions = {
  /** direction */
  d?: "h" | "v" | "hv"
}

/** lays a colour over the picture that grows from nothing to its full strength; transparency stays */
export type GradientOptions = {
  /** colour; an alpha of its own counts, too */
  c?: string
  /** opacity where it is strongest */
  a?: number
  /** towards which side it grows, or degrees clockwise from down */
  d?: number | "down" | "up" | "left" | "right"
  /** where it begins, as a share of the way */
  from?: number
  /** from where on it is strongest, likewise */
  to?: number
}

/** takes the colour out */
export type GrayscaleOptions = {
}

/** describes the original as JSON: format, size, camera, hashes, colours, faces; alone, and with the extension json */
export type InfoOptions = {
}

/** takes specks and noise away and keeps edges */
export type MedianOptions = {
  /** pixels a side of the window whose middle value counts; odd ones are centred */
  s?: number
}

/** makes a negative: every colour becomes its opposite, transparency stays */
export type NegateOptions = {
}

/** stretches contrast so that the darkest 1% of what is seen becomes black and the lightest 1% white */
export type NormalizeOptions = {
}

/** paints another image of the same user on the picture; what lies outside is cut off */
export type OverlayOptions = {
  /** id of the image to paint */
  i?: string
  /** where the picture sits: the middle, an edge or a corner */
  g?: "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest"
  /** distance from the edge of g inwards, or between tiles; below 1 a fraction */
  x?: number
  /** distance from the edge of g inwards, or between tiles; below 1 a fraction */
  y?: number
  /** width in pixels, or below 1 as a fraction of the picture; its own, or what fits, when left out */
  w?: number
  /** opacity */
  o?: number
  /** repeat it all over the picture, one at g, x and y apart */
  tile?: boolean
  /** how it mixes with the picture */
  blend?: "over" | "multiply" | "screen" | "overlay" | "darken" | "lighten" | "color-dodge" | "color-burn" | "hard-light" | "soft-light" | "difference" | "exclusion" | "add" | "dest-over" | "dest-in" | "dest-out"
}

/** adds area around the picture */
export type PadOptions = {
  /** pixels above; goes before all */
  t?: number
  /** pixels on the right; goes before all */
  r?: number
  /** pixels below; goes before all */
  b?: number
  /** pixels on the left; goes before all */
  l?: number
  /** pixels on every side */
  all?: number
  /** the colour of new area; transparent becomes white where the format has no transparency */
  bg?: string
}

/** which page or frame of the original is shown; animations stay animated in gif and webp unless told otherwise */
export type PageOptions = {
  /** one page or frame, counted from 1; the first when left out */
  n?: number
  /** all frames of an animation; 1 unless n is given */
  animate?: boolean
}

/** shows the picture in square blocks of one colour each, from its top left corner */
export type PixelateOptions = {
  /** pixels a side of a block */
  s?: number
}

/** a tiny picture of a few hundred bytes that is shown, enlarged, until the picture itself has come */
export type PlaceholderOptions = {
  /** blur: at most 32 pixels a side, blurred; color: one pixel of the dominant colour; thumbhash: as its ThumbHash looks, at most 32 pixels a side */
  k?: "blur" | "color" | "thumbhash"
}

/** stands for the operations that are stored under a name, which are put in its place */
export type PresetOptions = {
  /** name of the preset */
  n?: string
}

/** scales the picture into a frame; it is never enlarged unless asked */
export type ResizeOptions = {
  /** width of the frame in CSS pixels; auto: device pixels by Sec-CH-Width, or Sec-CH-Viewport-Width times Sec-CH-DPR, or 1280, rounded up to 160, 200, 256, 320, 400, 512, 640, 800, 1024, 1280, 1600, 1920, 2400, 3072 or 3840 (dpr then counts for the other sides only) */
  w?: number | "auto"
  /** height of the frame in CSS pixels; auto: as the aspect ratio has it */
  h?: number | "auto"
  /** cover crops, contain pads, fill distorts, inside and outside keep the whole picture */
  fit?: "cover" | "contain" | "fill" | "inside" | "outside"
  /** which part of the picture is kept: an edge, a corner, what stands out, its focal point or faces */
  g?: "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest" | "smart" | "entropy" | "focal" | "face"
  /** point to keep when cropping, from the left; goes before g */
  fx?: number
  /** point to keep when cropping, from the top; goes before g */
  fy?: number
  /** allow a result larger than the original */
  enlarge?: boolean
  /** device pixels per CSS pixel; auto: Sec-CH-DPR or 1, rounded up to 1, 1.5, 2, 3 or 4; Save-Data holds it at 1 */
  dpr?: number | "auto"
  /** padding of contain; transparent becomes white where the format has none */
  bg?: string
  /** interpolation kernel */
  kernel?: "lanczos3" | "lanczos2" | "mitchell" | "cubic" | "linear" | "nearest" | "mks2013" | "mks2021"
  /** least width of the result in CSS pixels */
  minw?: number
  /** least height of the result in CSS pixels */
  minh?: number
}

/** rotates clockwise; the frame grows to hold the whole picture */
export type RotateOptions = {
  /** degrees, clockwise */
  a?: number
  /** colour of the corners; transparent becomes white where the format has none */
  bg?: string
}

/** rounds the corners; a square picture becomes a circle with max */
export type RoundOptions = {
  /** radius in pixels; max is half the shorter side, which no radius exceeds */
  r?: number | "max"
  /** colour of the corners; transparent becomes white where the format has none */
  bg?: string
}

/** gives the brown of old photographs, as sepia(1) does in CSS */
export type SepiaOptions = {
}

/** sharpens edges more than flat areas */
export type SharpenOptions = {
  /** standard deviation (sigma) of the mask in pixels */
  s?: number
  /** strength in flat areas */
  f?: number
  /** strength at jagged edges */
  j?: number
}

/** writes on the picture, in any script that the fonts have; lines are aligned to the side of g, what does not fit is cut off */
export type TextOptions = {
  /** what to write; newlines break lines, nothing is markup */
  t?: string
  /** size of the letters in pixels */
  s?: number
  /** colour of the letters */
  c?: string
  /** where the picture sits: the middle, an edge or a corner */
  g?: "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest"
  /** distance from the edge of g inwards; below 1 a fraction of the picture */
  x?: number
  /** distance from the edge of g inwards; below 1 a fraction of the picture */
  y?: number
  /** colour of a box behind the letters, wider by a third of s on every side */
  bg?: string
  /** width at which lines are broken, below 1 a fraction; all but x on both sides when left out */
  w?: number
  /** face of the letters */
  font?: "sans" | "sans-bold" | "sans-italic" | "condensed" | "condensed-bold" | "serif" | "serif-bold" | "serif-italic" | "mono" | "mono-bold"
}

/** gives the picture one colour and keeps how light each part is; black and white stay */
export type TintOptions = {
  /** colour of the middle tones; an opaque one */
  c?: string
}

/** cuts off edges of one colour, and transparent ones; a picture that is nothing else stays as it is */
export type TrimOptions = {
  /** how far a sample (0 to 255) may be from the colour */
  t?: number
  /** the colour to cut off; that of the top left pixel when left out */
  c?: string
}

/** One operation of a URL, told apart by `op`. */
export type OperationStep =
  | ({ op: "adjust" } & AdjustOptions)
  | ({ op: "blur" } & BlurOptions)
  | ({ op: "border" } & BorderOptions)
  | ({ op: "crop" } & CropOptions)
  | ({ op: "duotone" } & DuotoneOptions)
  | ({ op: "encode" } & EncodeOptions)
  | ({ op: "extend" } & ExtendOptions)
  | ({ op: "flip" } & FlipOptions)
  | ({ op: "gradient" } & GradientOptions)
  | ({ op: "grayscale" } & GrayscaleOptions)
  | ({ op: "info" } & InfoOptions)
  | ({ op: "median" } & MedianOptions)
  | ({ op: "negate" } & NegateOptions)
  | ({ op: "normalize" } & NormalizeOptions)
  | ({ op: "overlay" } & OverlayOptions)
  | ({ op: "pad" } & PadOptions)
  | ({ op: "page" } & PageOptions)
  | ({ op: "pixelate" } & PixelateOptions)
  | ({ op: "placeholder" } & PlaceholderOptions)
  | ({ op: "preset" } & PresetOptions)
  | ({ op: "resize" } & ResizeOptions)
  | ({ op: "rotate" } & RotateOptions)
  | ({ op: "round" } & RoundOptions)
  | ({ op: "sepia" } & SepiaOptions)
  | ({ op: "sharpen" } & SharpenOptions)
  | ({ op: "text" } & TextOptions)
  | ({ op: "tint" } & TintOptions)
  | ({ op: "trim" } & TrimOptions)

/** The operations as the grammar needs them. */
export const operationTable: OperationTable = new Map<string, { readonly options: OptionSpecs }>([
  ["adjust", {"options":{"b":{"kind":"number","min":-100,"default":0,"max":100,"summary":"brightness in percent: -100 is black, 100 white"},"c":{"kind":"number","min":-100,"default":0,"max":500,"summary":"contrast in percent: -100 is grey, 100 twice as much"},"s":{"kind":"number","min":-100,"default":0,"max":500,"summary":"saturation in percent: -100 has no colour, 100 twice as much"},"h":{"kind":"number","min":-360,"max":360,"default":0,"summary":"hue: degrees around the colour wheel"},"g":{"kind":"number","min":0.4,"max":2.5,"default":1,"summary":"gamma of the middle tones: above 1 brightens, below 1 darkens"}}}],
  ["blur", {"options":{"s":{"kind":"number","min":0.3,"max":250,"default":3,"summary":"standard deviation (sigma) in pixels"}}}],
  ["border", {"options":{"w":{"kind":"number","min":1,"max":1000,"integer":true,"summary":"pixels on every side"},"c":{"kind":"color","default":"000","summary":"colour"}}}],
  ["crop", {"options":{"x":{"kind":"number","min":0,"max":65535,"integer":true,"fraction":true,"summary":"left edge, in pixels or below 1 as a fraction"},"y":{"kind":"number","min":0,"max":65535,"integer":true,"fraction":true,"summary":"top edge, in pixels or below 1 as a fraction"},"w":{"kind":"number","min":0.001,"max":65535,"integer":true,"fraction":true,"summary":"width, in pixels or below 1 as a fraction"},"h":{"kind":"number","min":0.001,"max":65535,"integer":true,"fraction":true,"summary":"height, in pixels or below 1 as a fraction"},"ar":{"kind":"ratio","summary":"aspect ratio, alone or with one of w and h"},"g":{"kind":"choice","values":["center","north","northeast","east","southeast","south","southwest","west","northwest","smart","entropy","focal","face"],"default":"center","summary":"which part of the picture is kept: an edge, a corner, what stands out, its focal point or faces"}}}],
  ["duotone", {"options":{"a":{"kind":"color","default":"000","summary":"colour of the shadows; an opaque one"},"b":{"kind":"color","default":"fff","summary":"colour of the highlights; an opaque one"}}}],
  ["encode", {"options":{"q":{"kind":"number","min":1,"max":100,"integer":true,"words":["auto"],"summary":"quality; left out: jpg 80, webp 79, avif 58, jxl 75, png and tiff lossless. auto: what this picture needs (not for animations)"},"effort":{"kind":"number","min":0,"max":9,"integer":true,"summary":"time spent on size: 0 fastest, 9 smallest"},"lossless":{"kind":"flag","default":false,"summary":"keep every pixel as it is, where the format can; 16 bits too (png, tiff)"},"progressive":{"kind":"flag","default":false,"summary":"show a coarse picture first (jpg, png, gif)"},"maxbytes":{"kind":"number","min":1,"max":100000000,"integer":true,"summary":"bytes that the result may have: quality gives way, lossless does not"},"meta":{"kind":"choice","values":["strip","copyright","keep"],"default":"strip","summary":"what describes the original and stays in the result: nothing, whose it is (EXIF, XMP, IPTC), or EXIF and XMP"},"profile":{"kind":"choice","values":["srgb","p3","keep"],"default":"srgb","summary":"colours of the result: sRGB, Display P3, or as the original has them, with its 16 bits (png, tiff) or its HDR gain map (jpg)"},"near":{"kind":"number","min":0,"max":100,"integer":true,"summary":"webp: nearly lossless, pixels may change a little: 0 most, 100 not at all"}}}],
  ["extend", {"options":{"w":{"kind":"number","min":1,"max":8192,"integer":true,"summary":"least width of the canvas in pixels"},"h":{"kind":"number","min":1,"max":8192,"integer":true,"summary":"least height of the canvas in pixels"},"ar":{"kind":"ratio","summary":"aspect ratio of the canvas, instead of w and h"},"g":{"kind":"choice","values":["center","north","northeast","east","southeast","south","southwest","west","northwest"],"default":"center","summary":"where the picture sits: the middle, an edge or a corner"},"bg":{"kind":"color","default":"transparent","summary":"the colour of new area; transparent becomes white where the format has no transparency"}}}],
  ["flip", {"options":{"d":{"kind":"choice","values":["h","v","hv"],"default":"h","summary":"direction"}}}],
  ["gradient", {"options":{"c":{"kind":"color","default":"000","summary":"colour; an alpha of its own counts, too"},"a":{"kind":"number","min":0,"max":1,"default":0.5,"summary":"opacity where it is strongest"},"d":{"kind":"number","min":-360,"max":360,"words":["down","up","left","right"],"default":"down","summary":"towards which side it grows, or degrees clockwise from down"},"from":{"kind":"number","min":0,"max":1,"default":0,"summary":"where it begins, as a share of the way"},"to":{"kind":"number","min":0,"max":1,"default":1,"summary":"from where on it is strongest, likewise"}}}],
  ["grayscale", {"options":{}}],
  ["info", {"options":{}}],
  ["median", {"options":{"s":{"kind":"number","min":2,"max":25,"integer":true,"default":3,"summary":"pixels a side of the window whose middle value counts; odd ones are centred"}}}],
  ["negate", {"options":{}}],
  ["normalize", {"options":{}}],
  ["overlay", {"options":{"i":{"kind":"image","summary":"id of the image to paint"},"g":{"kind":"choice","values":["center","north","northeast","east","southeast","south","southwest","west","northwest"],"default":"center","summary":"where the picture sits: the middle, an edge or a corner"},"x":{"kind":"number","min":-65535,"max":65535,"integer":true,"fraction":true,"default":0,"summary":"distance from the edge of g inwards, or between tiles; below 1 a fraction"},"y":{"kind":"number","min":-65535,"max":65535,"integer":true,"fraction":true,"default":0,"summary":"distance from the edge of g inwards, or between tiles; below 1 a fraction"},"w":{"kind":"number","min":0.001,"max":8192,"integer":true,"fraction":true,"summary":"width in pixels, or below 1 as a fraction of the picture; its own, or what fits, when left out"},"o":{"kind":"number","min":0,"max":1,"default":1,"summary":"opacity"},"tile":{"kind":"flag","default":false,"summary":"repeat it all over the picture, one at g, x and y apart"},"blend":{"kind":"choice","values":["over","multiply","screen","overlay","darken","lighten","color-dodge","color-burn","hard-light","soft-light","difference","exclusion","add","dest-over","dest-in","dest-out"],"default":"over","summary":"how it mixes with the picture"}}}],
  ["pad", {"options":{"t":{"kind":"number","min":0,"max":8192,"integer":true,"summary":"pixels above; goes before all"},"r":{"kind":"number","min":0,"max":8192,"integer":true,"summary":"pixels on the right; goes before all"},"b":{"kind":"number","min":0,"max":8192,"integer":true,"summary":"pixels below; goes before all"},"l":{"kind":"number","min":0,"max":8192,"integer":true,"summary":"pixels on the left; goes before all"},"all":{"kind":"number","min":0,"max":8192,"integer":true,"summary":"pixels on every side"},"bg":{"kind":"color","default":"transparent","summary":"the colour of new area; transparent becomes white where the format has no transparency"}}}],
  ["page", {"options":{"n":{"kind":"number","min":1,"max":10000,"integer":true,"summary":"one page or frame, counted from 1; the first when left out"},"animate":{"kind":"flag","summary":"all frames of an animation; 1 unless n is given"}}}],
  ["pixelate", {"options":{"s":{"kind":"number","min":1,"max":1000,"integer":true,"default":10,"summary":"pixels a side of a block"}}}],
  ["placeholder", {"options":{"k":{"kind":"choice","values":["blur","color","thumbhash"],"default":"blur","summary":"blur: at most 32 pixels a side, blurred; color: one pixel of the dominant colour; thumbhash: as its ThumbHash looks, at most 32 pixels a side"}}}],
  ["preset", {"options":{"n":{"kind":"text","maxBytes":32,"summary":"name of the preset"}}}],
  ["resize", {"options":{"w":{"kind":"number","min":1,"max":8192,"integer":true,"words":["auto"],"summary":"width of the frame in CSS pixels; auto: device pixels by Sec-CH-Width, or Sec-CH-Viewport-Width times Sec-CH-DPR, or 1280, rounded up to 160, 200, 256, 320, 400, 512, 640, 800, 1024, 1280, 1600, 1920, 2400, 3072 or 3840 (dpr then counts for the other sides only)"},"h":{"kind":"number","min":1,"max":8192,"integer":true,"words":["auto"],"summary":"height of the frame in CSS pixels; auto: as the aspect ratio has it"},"fit":{"kind":"choice","values":["cover","contain","fill","inside","outside"],"default":"inside","defaultIf":{"given":["w","h"],"value":"cover"},"summary":"cover crops, contain pads, fill distorts, inside and outside keep the whole picture"},"g":{"kind":"choice","values":["center","north","northeast","east","southeast","south","southwest","west","northwest","smart","entropy","focal","face"],"default":"center","summary":"which part of the picture is kept: an edge, a corner, what stands out, its focal point or faces"},"fx":{"kind":"number","min":0,"max":1,"summary":"point to keep when cropping, from the left; goes before g"},"fy":{"kind":"number","min":0,"max":1,"summary":"point to keep when cropping, from the top; goes before g"},"enlarge":{"kind":"flag","default":false,"summary":"allow a result larger than the original"},"dpr":{"kind":"number","min":0.1,"max":8,"words":["auto"],"default":1,"summary":"device pixels per CSS pixel; auto: Sec-CH-DPR or 1, rounded up to 1, 1.5, 2, 3 or 4; Save-Data holds it at 1"},"bg":{"kind":"color","default":"transparent","summary":"padding of contain; transparent becomes white where the format has none"},"kernel":{"kind":"choice","values":["lanczos3","lanczos2","mitchell","cubic","linear","nearest","mks2013","mks2021"],"default":"lanczos3","summary":"interpolation kernel"},"minw":{"kind":"number","min":1,"max":8192,"integer":true,"summary":"least width of the result in CSS pixels"},"minh":{"kind":"number","min":1,"max":8192,"integer":true,"summary":"least height of the result in CSS pixels"}}}],
  ["rotate", {"options":{"a":{"kind":"number","min":-360,"max":360,"default":0,"summary":"degrees, clockwise"},"bg":{"kind":"color","default":"transparent","summary":"colour of the corners; transparent becomes white where the format has none"}}}],
  ["round", {"options":{"r":{"kind":"number","min":1,"max":4096,"integer":true,"words":["max"],"summary":"radius in pixels; max is half the shorter side, which no radius exceeds"},"bg":{"kind":"color","default":"transparent","summary":"colour of the corners; transparent becomes white where the format has none"}}}],
  ["sepia", {"options":{}}],
  ["sharpen", {"options":{"s":{"kind":"number","min":0.01,"max":10,"default":1,"summary":"standard deviation (sigma) of the mask in pixels"},"f":{"kind":"number","min":0,"max":1000,"default":1,"summary":"strength in flat areas"},"j":{"kind":"number","min":0,"max":1000,"default":2,"summary":"strength at jagged edges"}}}],
  ["text", {"options":{"t":{"kind":"text","maxBytes":512,"summary":"what to write; newlines break lines, nothing is markup"},"s":{"kind":"number","min":1,"max":1000,"default":32,"summary":"size of the letters in pixels"},"c":{"kind":"color","default":"000","summary":"colour of the letters"},"g":{"kind":"choice","values":["center","north","northeast","east","southeast","south","southwest","west","northwest"],"default":"center","summary":"where the picture sits: the middle, an edge or a corner"},"x":{"kind":"number","min":-65535,"max":65535,"integer":true,"fraction":true,"default":0,"summary":"distance from the edge of g inwards; below 1 a fraction of the picture"},"y":{"kind":"number","min":-65535,"max":65535,"integer":true,"fraction":true,"default":0,"summary":"distance from the edge of g inwards; below 1 a fraction of the picture"},"bg":{"kind":"color","default":"transparent","summary":"colour of a box behind the letters, wider by a third of s on every side"},"w":{"kind":"number","min":0.001,"max":8192,"integer":true,"fraction":true,"summary":"width at which lines are broken, below 1 a fraction; all but x on both sides when left out"},"font":{"kind":"choice","values":["sans","sans-bold","sans-italic","condensed","condensed-bold","serif","serif-bold","serif-italic","mono","mono-bold"],"default":"sans","summary":"face of the letters"}}}],
  ["tint", {"options":{"c":{"kind":"color","summary":"colour of the middle tones; an opaque one"}}}],
  ["trim", {"options":{"t":{"kind":"number","min":0,"max":255,"default":10,"summary":"how far a sample (0 to 255) may be from the colour"},"c":{"kind":"color","summary":"the colour to cut off; that of the top left pixel when left out"}}}],
])
