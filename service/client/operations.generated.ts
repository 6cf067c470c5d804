// Generated from the operations by npm run generate, and checked by a test. Do not edit.
import type { OperationTable, OptionSpecs } from '../url/option.ts'

/** adjusts brightness, contrast, saturation, hue and gamma, in this order */
export type AdjustOptions = {
  /** brightness in percent; -100 is black, 100 is white */
  b?: number
  /** contrast in percent; -100 is plain grey, 100 doubles the contrast */
  c?: number
  /** saturation in percent; -100 removes all colour, 100 doubles the saturation */
  s?: number
  /** hue rotation in degrees */
  h?: number
  /** gamma; above 1 brightens the midtones, below 1 darkens them */
  g?: number
}

/** blurs the image (Gaussian blur) */
export type BlurOptions = {
  /** sigma (standard deviation) in pixels */
  s?: number
}

/** adds a border outside the image; a border with rounded corners takes three operations: round_r-16,bg-00f_border_w-4,c-00f_round_r-20 */
export type BorderOptions = {
  /** border width in pixels */
  w?: number
  /** border colour */
  c?: string
}

/** crops the image to a region, placed by x and y or by gravity */
export type CropOptions = {
  /** left edge in pixels, or as a fraction of the width if below 1 */
  x?: number
  /** top edge in pixels, or as a fraction of the height if below 1 */
  y?: number
  /** width in pixels, or as a fraction of the image width if below 1 */
  w?: number
  /** height in pixels, or as a fraction of the image height if below 1 */
  h?: number
  /** aspect ratio, alone or together with w or h */
  ar?: `${number}:${number}`
  /** part of the image to keep: center, an edge or corner, smart (salient area), entropy (most detail), focal (stored focal point) or face */
  g?: "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest" | "smart" | "entropy" | "focal" | "face"
}

/** maps the image to two colours: shadows to colour a, highlights to colour b */
export type DuotoneOptions = {
  /** colour of the shadows, must be opaque */
  a?: string
  /** colour of the highlights, must be opaque */
  b?: string
}

/** controls how the result is encoded; omitted options use the default of the format */
export type EncodeOptions = {
  /** quality; default: jpg 80, webp 79 or lossless if that is smaller, avif 58, jxl 75, png and tiff lossless (a png has a palette if the original has one); auto picks the lowest quality that looks like the original (not for animations) */
  q?: number | "auto"
  /** encoder effort: 0 is fastest, 9 gives the smallest file */
  effort?: number
  /** lossless compression, where the format supports it; keeps 16 bits per channel (png, tiff) */
  lossless?: boolean
  /** progressive or interlaced loading (jpg, png, gif) */
  progressive?: boolean
  /** largest file size in bytes, reached by lowering the quality; lossless and near-lossless results may be larger */
  maxbytes?: number
  /** metadata to keep: strip (none), copyright (copyright and author of EXIF, XMP and IPTC) or keep (all EXIF and XMP) */
  meta?: "strip" | "copyright" | "keep"
  /** colour profile: srgb, p3 (Display P3) or keep (that of the original, with 16 bits per channel in png and tiff, and with its HDR gain map in jpg) */
  profile?: "srgb" | "p3" | "keep"
  /** near-lossless compression (webp): 0 changes pixels most, 100 not at all */
  near?: number
}

/** extends the canvas to a size or an aspect ratio, without scaling or cropping the image */
export type ExtendOptions = {
  /** minimum width of the canvas in pixels */
  w?: number
  /** minimum height of the canvas in pixels */
  h?: number
  /** aspect ratio of the canvas, instead of w and h */
  ar?: `${number}:${number}`
  /** position: center, an edge or a corner */
  g?: "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest"
  /** background colour; transparent becomes white in formats without transparency */
  bg?: string
}

/** mirrors the image */
export type FlipOptions = {
  /** direction: h (left to right), v (top to bottom) or hv (both) */
  d?: "h" | "v" | "hv"
}

/** overlays a linear gradient from transparent to a colour; keeps transparency */
export type GradientOptions = {
  /** colour; its own alpha is multiplied by the option a */
  c?: string
  /** opacity at the end of the gradient */
  a?: number
  /** direction in which it gets stronger, or degrees clockwise from down */
  d?: number | "down" | "up" | "left" | "right"
  /** start of the gradient, as a fraction of the distance across the image */
  from?: number
  /** end of the gradient, as a fraction of the distance across the image */
  to?: number
}

/** converts the image to greyscale */
export type GrayscaleOptions = {
}

/** returns a JSON description of the original: format, size, EXIF, hashes, colours and faces; must be the only operation, with the extension json */
export type InfoOptions = {
}

/** removes specks and noise and keeps edges (median filter) */
export type MedianOptions = {
  /** side of the filter window in pixels; odd sizes are centred on the pixel */
  s?: number
}

/** inverts the colours; keeps transparency */
export type NegateOptions = {
}

/** stretches the contrast so that the darkest 1% of visible pixels become black and the lightest 1% white */
export type NormalizeOptions = {
}

/** places another image of the same user on top, such as a watermark; parts outside the image are cut off */
export type OverlayOptions = {
  /** id of the overlaid image */
  i?: string
  /** position: center, an edge or a corner */
  g?: "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest"
  /** horizontal distance from position g, or between tiles: in pixels, or as a fraction of the width if below 1 */
  x?: number
  /** vertical distance from position g, or between tiles: in pixels, or as a fraction of the height if below 1 */
  y?: number
  /** width in pixels, or as a fraction of the image width if below 1; default: its own width, reduced to fit into the image */
  w?: number
  /** opacity */
  o?: number
  /** repeats the overlay across the image, beginning at the position g; x and y are the gaps between the copies */
  tile?: boolean
  /** blend mode */
  blend?: "over" | "multiply" | "screen" | "overlay" | "darken" | "lighten" | "color-dodge" | "color-burn" | "hard-light" | "soft-light" | "difference" | "exclusion" | "add" | "dest-over" | "dest-in" | "dest-out"
}

/** adds padding around the image */
export type PadOptions = {
  /** top padding in pixels, overrides the option all */
  t?: number
  /** right padding in pixels, overrides the option all */
  r?: number
  /** bottom padding in pixels, overrides the option all */
  b?: number
  /** left padding in pixels, overrides the option all */
  l?: number
  /** padding on every side in pixels */
  all?: number
  /** background colour; transparent becomes white in formats without transparency */
  bg?: string
}

/** selects a page or frame of the original; by default animations stay animated in gif and webp */
export type PageOptions = {
  /** page or frame number, counted from 1; default: the first */
  n?: number
  /** keeps all frames of an animation; default: 1, or 0 when n is given */
  animate?: boolean
}

/** turns the image into square blocks of one colour each */
export type PixelateOptions = {
  /** side of a block in pixels */
  s?: number
}

/** returns a tiny image of a few hundred bytes to show, enlarged, while the full image loads */
export type PlaceholderOptions = {
  /** kind: blur (blurred, at most 32 pixels a side), color (one pixel of the dominant colour) or thumbhash (rendered from its ThumbHash, at most 32 pixels a side) */
  k?: "blur" | "color" | "thumbhash"
}

/** applies the operations of a stored preset */
export type PresetOptions = {
  /** name of the preset */
  n?: string
}

/** resizes the image to a width, a height or both; never enlarges it unless enlarge is set */
export type ResizeOptions = {
  /** width in CSS pixels; auto is the width in device pixels that Sec-CH-Width states, else Sec-CH-Viewport-Width times Sec-CH-DPR, else 1280; it is rounded up to 160, 200, 256, 320, 400, 512, 640, 800, 1024, 1280, 1600, 1920, 2400, 3072 or 3840, and dpr then multiplies only h, minw and minh */
  w?: number | "auto"
  /** height in CSS pixels; auto follows the aspect ratio */
  h?: number | "auto"
  /** how the image fits w and h: cover crops it, contain adds padding, fill distorts it, inside scales it to fit within both, outside scales it to reach both */
  fit?: "cover" | "contain" | "fill" | "inside" | "outside"
  /** part of the image to keep: center, an edge or corner, smart (salient area), entropy (most detail), focal (stored focal point) or face */
  g?: "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest" | "smart" | "entropy" | "focal" | "face"
  /** focus point when cropping, as a fraction of the width from the left; overrides g */
  fx?: number
  /** focus point when cropping, as a fraction of the height from the top; overrides g */
  fy?: number
  /** allows a result larger than the original */
  enlarge?: boolean
  /** device pixel ratio, by which all sides are multiplied; auto takes Sec-CH-DPR, rounded up to 1, 1.5, 2, 3 or 4; it is 1 without this header, and with Save-Data */
  dpr?: number | "auto"
  /** colour of the padding of contain; transparent becomes white in formats without transparency */
  bg?: string
  /** interpolation kernel */
  kernel?: "lanczos3" | "lanczos2" | "mitchell" | "cubic" | "linear" | "nearest" | "mks2013" | "mks2021"
  /** minimum width of the result in CSS pixels */
  minw?: number
  /** minimum height of the result in CSS pixels */
  minh?: number
}

/** rotates the image clockwise; the canvas grows to contain it */
export type RotateOptions = {
  /** angle in degrees, clockwise */
  a?: number
  /** colour of the corners; transparent becomes white in formats without transparency */
  bg?: string
}

/** rounds the corners; r-max turns a square image into a circle */
export type RoundOptions = {
  /** radius in pixels, at most half the shorter side; max is half the shorter side */
  r?: number | "max"
  /** colour of the corners; transparent becomes white in formats without transparency */
  bg?: string
}

/** applies a sepia tone, like sepia(1) in CSS */
export type SepiaOptions = {
}

/** sharpens the image, edges more than flat areas */
export type SharpenOptions = {
  /** sigma (standard deviation) of the mask in pixels */
  s?: number
  /** strength in flat areas */
  f?: number
  /** strength at edges */
  j?: number
}

/** draws text on the image; lines are aligned left, centred or right as g says, and text outside the image is cut off */
export type TextOptions = {
  /** text to draw; newlines start a new line, markup is not interpreted */
  t?: string
  /** font size in pixels */
  s?: number
  /** text colour */
  c?: string
  /** position: center, an edge or a corner */
  g?: "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest"
  /** horizontal distance from position g: in pixels, or as a fraction of the width if below 1 */
  x?: number
  /** vertical distance from position g: in pixels, or as a fraction of the height if below 1 */
  y?: number
  /** colour of a box behind the text, with a padding of a third of the font size */
  bg?: string
  /** width at which lines wrap: in pixels, or as a fraction of the image width if below 1; default: the image width minus x and the padding of bg on both sides */
  w?: number
  /** font */
  font?: "sans" | "sans-bold" | "sans-italic" | "condensed" | "condensed-bold" | "serif" | "serif-bold" | "serif-italic" | "mono" | "mono-bold"
}

/** tints the image with one colour and keeps its lightness; black and white stay */
export type TintOptions = {
  /** colour of the midtones, must be opaque */
  c?: string
}

/** removes borders of one colour or of transparency; an image of a single colour stays as it is */
export type TrimOptions = {
  /** tolerance: how much a channel value (0 to 255) may differ from the colour */
  t?: number
  /** border colour; default: the colour of the top left pixel */
  c?: string
}

/** One operation of a URL, discriminated by `op`. */
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

/** The options of each operation, by which the URL grammar checks and prints values. */
export const operationTable: OperationTable = new Map<string, { readonly options: OptionSpecs }>([
  ["adjust", {"options":{"b":{"kind":"number","min":-100,"default":0,"max":100,"label":"Brightness","summary":"brightness in percent; -100 is black, 100 is white"},"c":{"kind":"number","min":-100,"default":0,"max":500,"label":"Contrast","summary":"contrast in percent; -100 is plain grey, 100 doubles the contrast"},"s":{"kind":"number","min":-100,"default":0,"max":500,"label":"Saturation","summary":"saturation in percent; -100 removes all colour, 100 doubles the saturation"},"h":{"kind":"number","min":-360,"max":360,"default":0,"label":"Hue","summary":"hue rotation in degrees"},"g":{"kind":"number","min":0.4,"max":2.5,"default":1,"label":"Gamma","advanced":true,"summary":"gamma; above 1 brightens the midtones, below 1 darkens them"}}}],
  ["blur", {"options":{"s":{"kind":"number","min":0.3,"max":250,"default":3,"pixels":true,"label":"Strength","summary":"sigma (standard deviation) in pixels"}}}],
  ["border", {"options":{"w":{"kind":"number","min":1,"max":1000,"integer":true,"pixels":true,"label":"Width","summary":"border width in pixels"},"c":{"kind":"color","default":"000","label":"Colour","summary":"border colour"}}}],
  ["crop", {"options":{"x":{"kind":"number","min":0,"max":65535,"integer":true,"fraction":true,"pixels":true,"label":"Left","summary":"left edge in pixels, or as a fraction of the width if below 1"},"y":{"kind":"number","min":0,"max":65535,"integer":true,"fraction":true,"pixels":true,"label":"Top","summary":"top edge in pixels, or as a fraction of the height if below 1"},"w":{"kind":"number","min":0.001,"max":65535,"integer":true,"fraction":true,"pixels":true,"label":"Width","summary":"width in pixels, or as a fraction of the image width if below 1"},"h":{"kind":"number","min":0.001,"max":65535,"integer":true,"fraction":true,"pixels":true,"label":"Height","summary":"height in pixels, or as a fraction of the image height if below 1"},"ar":{"kind":"ratio","label":"Aspect ratio","summary":"aspect ratio, alone or together with w or h"},"g":{"kind":"choice","values":["center","north","northeast","east","southeast","south","southwest","west","northwest","smart","entropy","focal","face"],"default":"center","label":"Gravity","summary":"part of the image to keep: center, an edge or corner, smart (salient area), entropy (most detail), focal (stored focal point) or face"}}}],
  ["duotone", {"options":{"a":{"kind":"color","default":"000","label":"Shadows","summary":"colour of the shadows, must be opaque"},"b":{"kind":"color","default":"fff","label":"Highlights","summary":"colour of the highlights, must be opaque"}}}],
  ["encode", {"options":{"q":{"kind":"number","min":1,"max":100,"integer":true,"words":["auto"],"label":"Quality","summary":"quality; default: jpg 80, webp 79 or lossless if that is smaller, avif 58, jxl 75, png and tiff lossless (a png has a palette if the original has one); auto picks the lowest quality that looks like the original (not for animations)"},"effort":{"kind":"number","min":0,"max":9,"integer":true,"label":"Effort","advanced":true,"summary":"encoder effort: 0 is fastest, 9 gives the smallest file"},"lossless":{"kind":"flag","default":false,"label":"Lossless","summary":"lossless compression, where the format supports it; keeps 16 bits per channel (png, tiff)"},"progressive":{"kind":"flag","default":false,"label":"Progressive","advanced":true,"summary":"progressive or interlaced loading (jpg, png, gif)"},"maxbytes":{"kind":"number","min":1,"max":100000000,"integer":true,"label":"Largest file size","advanced":true,"summary":"largest file size in bytes, reached by lowering the quality; lossless and near-lossless results may be larger"},"meta":{"kind":"choice","values":["strip","copyright","keep"],"default":"strip","label":"Metadata","advanced":true,"summary":"metadata to keep: strip (none), copyright (copyright and author of EXIF, XMP and IPTC) or keep (all EXIF and XMP)"},"profile":{"kind":"choice","values":["srgb","p3","keep"],"default":"srgb","label":"Colour profile","advanced":true,"summary":"colour profile: srgb, p3 (Display P3) or keep (that of the original, with 16 bits per channel in png and tiff, and with its HDR gain map in jpg)"},"near":{"kind":"number","min":0,"max":100,"integer":true,"label":"Near-lossless","advanced":true,"summary":"near-lossless compression (webp): 0 changes pixels most, 100 not at all"}}}],
  ["extend", {"options":{"w":{"kind":"number","min":1,"max":8192,"integer":true,"pixels":true,"label":"Width","summary":"minimum width of the canvas in pixels"},"h":{"kind":"number","min":1,"max":8192,"integer":true,"pixels":true,"label":"Height","summary":"minimum height of the canvas in pixels"},"ar":{"kind":"ratio","label":"Aspect ratio","summary":"aspect ratio of the canvas, instead of w and h"},"g":{"kind":"choice","values":["center","north","northeast","east","southeast","south","southwest","west","northwest"],"default":"center","label":"Position","summary":"position: center, an edge or a corner"},"bg":{"kind":"color","default":"transparent","label":"Background","summary":"background colour; transparent becomes white in formats without transparency"}}}],
  ["flip", {"options":{"d":{"kind":"choice","values":["h","v","hv"],"default":"h","label":"Direction","summary":"direction: h (left to right), v (top to bottom) or hv (both)"}}}],
  ["gradient", {"options":{"c":{"kind":"color","default":"000","label":"Colour","summary":"colour; its own alpha is multiplied by the option a"},"a":{"kind":"number","min":0,"max":1,"default":0.5,"label":"Opacity","summary":"opacity at the end of the gradient"},"d":{"kind":"number","min":-360,"max":360,"words":["down","up","left","right"],"default":"down","label":"Direction","summary":"direction in which it gets stronger, or degrees clockwise from down"},"from":{"kind":"number","min":0,"max":1,"default":0,"label":"Start","advanced":true,"summary":"start of the gradient, as a fraction of the distance across the image"},"to":{"kind":"number","min":0,"max":1,"default":1,"label":"End","advanced":true,"summary":"end of the gradient, as a fraction of the distance across the image"}}}],
  ["grayscale", {"options":{}}],
  ["info", {"options":{}}],
  ["median", {"options":{"s":{"kind":"number","min":2,"max":25,"integer":true,"pixels":true,"default":3,"label":"Window","summary":"side of the filter window in pixels; odd sizes are centred on the pixel"}}}],
  ["negate", {"options":{}}],
  ["normalize", {"options":{}}],
  ["overlay", {"options":{"i":{"kind":"image","label":"Image","summary":"id of the overlaid image"},"g":{"kind":"choice","values":["center","north","northeast","east","southeast","south","southwest","west","northwest"],"default":"center","label":"Position","summary":"position: center, an edge or a corner"},"x":{"kind":"number","min":-65535,"max":65535,"integer":true,"fraction":true,"pixels":true,"default":0,"label":"Horizontal offset","summary":"horizontal distance from position g, or between tiles: in pixels, or as a fraction of the width if below 1"},"y":{"kind":"number","min":-65535,"max":65535,"integer":true,"fraction":true,"pixels":true,"default":0,"label":"Vertical offset","summary":"vertical distance from position g, or between tiles: in pixels, or as a fraction of the height if below 1"},"w":{"kind":"number","min":0.001,"max":8192,"integer":true,"fraction":true,"pixels":true,"label":"Width","summary":"width in pixels, or as a fraction of the image width if below 1; default: its own width, reduced to fit into the image"},"o":{"kind":"number","min":0,"max":1,"default":1,"label":"Opacity","summary":"opacity"},"tile":{"kind":"flag","default":false,"label":"Tile","advanced":true,"summary":"repeats the overlay across the image, beginning at the position g; x and y are the gaps between the copies"},"blend":{"kind":"choice","values":["over","multiply","screen","overlay","darken","lighten","color-dodge","color-burn","hard-light","soft-light","difference","exclusion","add","dest-over","dest-in","dest-out"],"default":"over","label":"Blend mode","advanced":true,"summary":"blend mode"}}}],
  ["pad", {"options":{"t":{"kind":"number","min":0,"max":8192,"integer":true,"pixels":true,"label":"Top","advanced":true,"summary":"top padding in pixels, overrides the option all"},"r":{"kind":"number","min":0,"max":8192,"integer":true,"pixels":true,"label":"Right","advanced":true,"summary":"right padding in pixels, overrides the option all"},"b":{"kind":"number","min":0,"max":8192,"integer":true,"pixels":true,"label":"Bottom","advanced":true,"summary":"bottom padding in pixels, overrides the option all"},"l":{"kind":"number","min":0,"max":8192,"integer":true,"pixels":true,"label":"Left","advanced":true,"summary":"left padding in pixels, overrides the option all"},"all":{"kind":"number","min":0,"max":8192,"integer":true,"pixels":true,"label":"All sides","summary":"padding on every side in pixels"},"bg":{"kind":"color","default":"transparent","label":"Background","summary":"background colour; transparent becomes white in formats without transparency"}}}],
  ["page", {"options":{"n":{"kind":"number","min":1,"max":10000,"integer":true,"label":"Number","summary":"page or frame number, counted from 1; default: the first"},"animate":{"kind":"flag","label":"Animation","summary":"keeps all frames of an animation; default: 1, or 0 when n is given"}}}],
  ["pixelate", {"options":{"s":{"kind":"number","min":1,"max":1000,"integer":true,"pixels":true,"default":10,"label":"Block size","summary":"side of a block in pixels"}}}],
  ["placeholder", {"options":{"k":{"kind":"choice","values":["blur","color","thumbhash"],"default":"blur","label":"Kind","summary":"kind: blur (blurred, at most 32 pixels a side), color (one pixel of the dominant colour) or thumbhash (rendered from its ThumbHash, at most 32 pixels a side)"}}}],
  ["preset", {"options":{"n":{"kind":"text","maxBytes":32,"label":"Preset","summary":"name of the preset"}}}],
  ["resize", {"options":{"w":{"kind":"number","min":1,"max":8192,"integer":true,"pixels":true,"words":["auto"],"label":"Width","summary":"width in CSS pixels; auto is the width in device pixels that Sec-CH-Width states, else Sec-CH-Viewport-Width times Sec-CH-DPR, else 1280; it is rounded up to 160, 200, 256, 320, 400, 512, 640, 800, 1024, 1280, 1600, 1920, 2400, 3072 or 3840, and dpr then multiplies only h, minw and minh"},"h":{"kind":"number","min":1,"max":8192,"integer":true,"pixels":true,"words":["auto"],"label":"Height","summary":"height in CSS pixels; auto follows the aspect ratio"},"fit":{"kind":"choice","values":["cover","contain","fill","inside","outside"],"default":"inside","defaultIf":{"given":["w","h"],"value":"cover"},"label":"Fit","summary":"how the image fits w and h: cover crops it, contain adds padding, fill distorts it, inside scales it to fit within both, outside scales it to reach both"},"g":{"kind":"choice","values":["center","north","northeast","east","southeast","south","southwest","west","northwest","smart","entropy","focal","face"],"default":"center","label":"Gravity","summary":"part of the image to keep: center, an edge or corner, smart (salient area), entropy (most detail), focal (stored focal point) or face"},"fx":{"kind":"number","min":0,"max":1,"label":"Focus from left","advanced":true,"summary":"focus point when cropping, as a fraction of the width from the left; overrides g"},"fy":{"kind":"number","min":0,"max":1,"label":"Focus from top","advanced":true,"summary":"focus point when cropping, as a fraction of the height from the top; overrides g"},"enlarge":{"kind":"flag","default":false,"label":"Enlarge","advanced":true,"summary":"allows a result larger than the original"},"dpr":{"kind":"number","min":0.1,"max":8,"words":["auto"],"default":1,"label":"Pixel ratio","advanced":true,"summary":"device pixel ratio, by which all sides are multiplied; auto takes Sec-CH-DPR, rounded up to 1, 1.5, 2, 3 or 4; it is 1 without this header, and with Save-Data"},"bg":{"kind":"color","default":"transparent","label":"Background","summary":"colour of the padding of contain; transparent becomes white in formats without transparency","advanced":true},"kernel":{"kind":"choice","values":["lanczos3","lanczos2","mitchell","cubic","linear","nearest","mks2013","mks2021"],"default":"lanczos3","label":"Kernel","advanced":true,"summary":"interpolation kernel"},"minw":{"kind":"number","min":1,"max":8192,"integer":true,"pixels":true,"label":"Minimum width","advanced":true,"summary":"minimum width of the result in CSS pixels"},"minh":{"kind":"number","min":1,"max":8192,"integer":true,"pixels":true,"label":"Minimum height","advanced":true,"summary":"minimum height of the result in CSS pixels"}}}],
  ["rotate", {"options":{"a":{"kind":"number","min":-360,"max":360,"default":0,"label":"Angle","summary":"angle in degrees, clockwise"},"bg":{"kind":"color","default":"transparent","label":"Background","summary":"colour of the corners; transparent becomes white in formats without transparency"}}}],
  ["round", {"options":{"r":{"kind":"number","min":1,"max":4096,"integer":true,"pixels":true,"words":["max"],"label":"Radius","summary":"radius in pixels, at most half the shorter side; max is half the shorter side"},"bg":{"kind":"color","default":"transparent","label":"Background","summary":"colour of the corners; transparent becomes white in formats without transparency"}}}],
  ["sepia", {"options":{}}],
  ["sharpen", {"options":{"s":{"kind":"number","min":0.01,"max":10,"default":1,"label":"Radius","summary":"sigma (standard deviation) of the mask in pixels"},"f":{"kind":"number","min":0,"max":1000,"default":1,"label":"Flat areas","advanced":true,"summary":"strength in flat areas"},"j":{"kind":"number","min":0,"max":1000,"default":2,"label":"Edges","advanced":true,"summary":"strength at edges"}}}],
  ["text", {"options":{"t":{"kind":"text","maxBytes":512,"label":"Text","summary":"text to draw; newlines start a new line, markup is not interpreted"},"s":{"kind":"number","min":1,"max":1000,"default":32,"pixels":true,"label":"Size","summary":"font size in pixels"},"c":{"kind":"color","default":"000","label":"Colour","summary":"text colour"},"g":{"kind":"choice","values":["center","north","northeast","east","southeast","south","southwest","west","northwest"],"default":"center","label":"Position","summary":"position: center, an edge or a corner"},"x":{"kind":"number","min":-65535,"max":65535,"integer":true,"fraction":true,"pixels":true,"default":0,"label":"Horizontal offset","summary":"horizontal distance from position g: in pixels, or as a fraction of the width if below 1"},"y":{"kind":"number","min":-65535,"max":65535,"integer":true,"fraction":true,"pixels":true,"default":0,"label":"Vertical offset","summary":"vertical distance from position g: in pixels, or as a fraction of the height if below 1"},"bg":{"kind":"color","default":"transparent","label":"Background","advanced":true,"summary":"colour of a box behind the text, with a padding of a third of the font size"},"w":{"kind":"number","min":0.001,"max":8192,"integer":true,"fraction":true,"pixels":true,"label":"Line width","advanced":true,"summary":"width at which lines wrap: in pixels, or as a fraction of the image width if below 1; default: the image width minus x and the padding of bg on both sides"},"font":{"kind":"choice","values":["sans","sans-bold","sans-italic","condensed","condensed-bold","serif","serif-bold","serif-italic","mono","mono-bold"],"default":"sans","label":"Font","summary":"font"}}}],
  ["tint", {"options":{"c":{"kind":"color","label":"Colour","summary":"colour of the midtones, must be opaque"}}}],
  ["trim", {"options":{"t":{"kind":"number","min":0,"max":255,"default":10,"label":"Tolerance","summary":"tolerance: how much a channel value (0 to 255) may differ from the colour"},"c":{"kind":"color","label":"Border colour","summary":"border colour; default: the colour of the top left pixel"}}}],
])
