// Made from the operations by npm run generate; a test keeps it true. Do not edit.
import type { OperationTable, OptionSpecs } from '../url/option.ts'

/** blurs by a Gaussian */
export type BlurOptions = {
  /** standard deviation (sigma) in pixels */
  s?: number
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
  /** which part of the picture is kept: an edge, a corner, or what stands out */
  g?: "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest" | "smart" | "entropy"
}

/** how the result is written; an option that is left out follows the format */
export type EncodeOptions = {
  /** quality: jpg 80, webp 79 and avif 58 when left out */
  q?: number
  /** time spent on size: 0 fastest, 9 smallest */
  effort?: number
  /** keep every pixel as it is, where the format can */
  lossless?: boolean
  /** show a coarse picture first (jpg, png, gif) */
  progressive?: boolean
  /** which of the original metadata stays in the result */
  meta?: "strip" | "copyright" | "keep"
  /** colours of the result: sRGB, Display P3, or as the original has them */
  profile?: "srgb" | "p3" | "keep"
}

/** mirrors the picture: h left to right, v top to bottom */
export type FlipOptions = {
  /** direction */
  d?: "h" | "v" | "hv"
}

/** takes the colour out */
export type GrayscaleOptions = {
}

/** scales the picture into a frame; it is never enlarged unless asked */
export type ResizeOptions = {
  /** width of the frame in CSS pixels */
  w?: number
  /** height of the frame in CSS pixels */
  h?: number
  /** cover crops, contain pads, fill distorts, inside and outside keep the whole picture */
  fit?: "cover" | "contain" | "fill" | "inside" | "outside"
  /** which part of the picture is kept: an edge, a corner, or what stands out */
  g?: "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest" | "smart" | "entropy"
  /** point to keep when cropping, from the left; goes before g */
  fx?: number
  /** point to keep when cropping, from the top; goes before g */
  fy?: number
  /** allow a result larger than the original */
  enlarge?: boolean
  /** device pixels per CSS pixel */
  dpr?: number
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

/** sharpens edges more than flat areas */
export type SharpenOptions = {
  /** standard deviation (sigma) of the mask in pixels */
  s?: number
  /** strength in flat areas */
  f?: number
  /** strength at jagged edges */
  j?: number
}

/** One operation of a URL, told apart by `op`. */
export type OperationStep =
  | ({ op: "blur" } & BlurOptions)
  | ({ op: "crop" } & CropOptions)
  | ({ op: "encode" } & EncodeOptions)
  | ({ op: "flip" } & FlipOptions)
  | ({ op: "grayscale" } & GrayscaleOptions)
  | ({ op: "resize" } & ResizeOptions)
  | ({ op: "rotate" } & RotateOptions)
  | ({ op: "sharpen" } & SharpenOptions)

/** The operations as the grammar needs them. */
export const operationTable: OperationTable = new Map<string, { readonly options: OptionSpecs }>([
  ["blur", {"options":{"s":{"kind":"number","min":0.3,"max":250,"default":3,"summary":"standard deviation (sigma) in pixels"}}}],
  ["crop", {"options":{"x":{"kind":"number","min":0,"max":65535,"integer":true,"fraction":true,"summary":"left edge, in pixels or below 1 as a fraction"},"y":{"kind":"number","min":0,"max":65535,"integer":true,"fraction":true,"summary":"top edge, in pixels or below 1 as a fraction"},"w":{"kind":"number","min":0.001,"max":65535,"integer":true,"fraction":true,"summary":"width, in pixels or below 1 as a fraction"},"h":{"kind":"number","min":0.001,"max":65535,"integer":true,"fraction":true,"summary":"height, in pixels or below 1 as a fraction"},"ar":{"kind":"ratio","summary":"aspect ratio, alone or with one of w and h"},"g":{"kind":"choice","values":["center","north","northeast","east","southeast","south","southwest","west","northwest","smart","entropy"],"default":"center","summary":"which part of the picture is kept: an edge, a corner, or what stands out"}}}],
  ["encode", {"options":{"q":{"kind":"number","min":1,"max":100,"integer":true,"summary":"quality: jpg 80, webp 79 and avif 58 when left out"},"effort":{"kind":"number","min":0,"max":9,"integer":true,"summary":"time spent on size: 0 fastest, 9 smallest"},"lossless":{"kind":"flag","default":false,"summary":"keep every pixel as it is, where the format can"},"progressive":{"kind":"flag","default":false,"summary":"show a coarse picture first (jpg, png, gif)"},"meta":{"kind":"choice","values":["strip","copyright","keep"],"default":"strip","summary":"which of the original metadata stays in the result"},"profile":{"kind":"choice","values":["srgb","p3","keep"],"default":"srgb","summary":"colours of the result: sRGB, Display P3, or as the original has them"}}}],
  ["flip", {"options":{"d":{"kind":"choice","values":["h","v","hv"],"default":"h","summary":"direction"}}}],
  ["grayscale", {"options":{}}],
  ["resize", {"options":{"w":{"kind":"number","min":1,"max":8192,"integer":true,"summary":"width of the frame in CSS pixels"},"h":{"kind":"number","min":1,"max":8192,"integer":true,"summary":"height of the frame in CSS pixels"},"fit":{"kind":"choice","values":["cover","contain","fill","inside","outside"],"default":"inside","defaultIf":{"given":["w","h"],"value":"cover"},"summary":"cover crops, contain pads, fill distorts, inside and outside keep the whole picture"},"g":{"kind":"choice","values":["center","north","northeast","east","southeast","south","southwest","west","northwest","smart","entropy"],"default":"center","summary":"which part of the picture is kept: an edge, a corner, or what stands out"},"fx":{"kind":"number","min":0,"max":1,"summary":"point to keep when cropping, from the left; goes before g"},"fy":{"kind":"number","min":0,"max":1,"summary":"point to keep when cropping, from the top; goes before g"},"enlarge":{"kind":"flag","default":false,"summary":"allow a result larger than the original"},"dpr":{"kind":"number","min":0.1,"max":8,"default":1,"summary":"device pixels per CSS pixel"},"bg":{"kind":"color","default":"transparent","summary":"padding of contain; transparent becomes white where the format has none"},"kernel":{"kind":"choice","values":["lanczos3","lanczos2","mitchell","cubic","linear","nearest","mks2013","mks2021"],"default":"lanczos3","summary":"interpolation kernel"},"minw":{"kind":"number","min":1,"max":8192,"integer":true,"summary":"least width of the result in CSS pixels"},"minh":{"kind":"number","min":1,"max":8192,"integer":true,"summary":"least height of the result in CSS pixels"}}}],
  ["rotate", {"options":{"a":{"kind":"number","min":-360,"max":360,"default":0,"summary":"degrees, clockwise"},"bg":{"kind":"color","default":"transparent","summary":"colour of the corners; transparent becomes white where the format has none"}}}],
  ["sharpen", {"options":{"s":{"kind":"number","min":0.01,"max":10,"default":1,"summary":"standard deviation (sigma) of the mask in pixels"},"f":{"kind":"number","min":0,"max":1000,"default":1,"summary":"strength in flat areas"},"j":{"kind":"number","min":0,"max":1000,"default":2,"summary":"strength at jagged edges"}}}],
])
