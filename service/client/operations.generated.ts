// Made from the operations by the build. Do not edit.
import type { OperationTable, OptionSpecs } from '../url/option.ts'

/** Scales the picture. */
export type ResizeOptions = {
  /** Width in pixels. */
  w?: number | "auto"
  /** Height in pixels. */
  h?: number | "auto"
  /** How the picture fills the box. */
  fit?: "cover" | "contain" | "fill" | "inside" | "outside"
  /** What a cut keeps. */
  g?: "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest" | "focal" | "smart" | "entropy" | "face"
  /** Whether it may grow. */
  enlarge?: boolean
  /** Device pixel ratio. */
  dpr?: number
  /** Colour of what stays empty. */
  bg?: string
}

/** One operation of a URL, told apart by `op`. */
export type OperationStep =
  | ({ op: "resize" } & ResizeOptions)

/** The operations as the grammar needs them. */
export const operationTable: OperationTable = new Map<string, { readonly options: OptionSpecs }>([
  ["resize", {"options":{"w":{"kind":"number","summary":"Width in pixels.","min":1,"max":8192,"integer":true,"words":["auto"]},"h":{"kind":"number","summary":"Height in pixels.","min":1,"max":8192,"integer":true,"words":["auto"]},"fit":{"kind":"choice","summary":"How the picture fills the box.","values":["cover","contain","fill","inside","outside"],"default":"inside","defaultIf":{"given":["w","h"],"value":"cover"}},"g":{"kind":"choice","summary":"What a cut keeps.","values":["center","north","northeast","east","southeast","south","southwest","west","northwest","focal","smart","entropy","face"],"default":"center"},"enlarge":{"kind":"flag","summary":"Whether it may grow.","default":false},"dpr":{"kind":"number","summary":"Device pixel ratio.","min":0.1,"max":8,"default":1},"bg":{"kind":"color","summary":"Colour of what stays empty."}}}],
])
