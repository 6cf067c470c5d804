import {
  gifOfFrames,
  pdfOfForms,
  pdfOfLoop,
  pngWithChunks,
  svgOfFilters,
  svgOfMasks,
  svgOfPath,
  svgOfUses,
  tiffOfPages,
} from '../service/test/support/hostile-files.ts'

import type { Service, UploadAnswer } from './service.ts'

/** A request that is expensive for the service, ready to be sent. */
export interface Attack {
  /** Bytes that one attacker sends. */
  readonly bytes: number
  /** Sends it with the session of an attacker. @param leaveMs when the client disconnects, in milliseconds */
  send(attacker: Service, leaveMs?: number): Promise<UploadAnswer>
}

/** What `npm run bench:hostile` tries, by name. The files are drawn when they are needed. */
export const attacks: Readonly<Record<string, () => Promise<Attack>>> = {
  'TIFF of 40,000 pages': uploadOf(() => tiffOfPages(40_000)),
  'PNG with ten zTXt of 49 MB': uploadOf(() => pngWithChunks('zTXt', 10, 49e6)),
  'PNG with ten iTXt of 49 MB': uploadOf(() => pngWithChunks('iTXt', 10, 49e6)),
  'PNG with an iCCP of 49 MB': uploadOf(() => pngWithChunks('iCCP', 1, 49e6)),
  'SVG of filters in filters': uploadOf(() => svgOfFilters(20, 10)),
  'SVG of masks in masks': uploadOf(() => svgOfMasks(100, 100)),
  'SVG of a path of 300,000 segments': uploadOf(() => svgOfPath(300_000)),
  'SVG of uses in uses': uploadOf(() => svgOfUses(9)),
  'PDF of forms in forms': uploadOf(() => pdfOfForms(7)),
  'PDF of a form in itself': uploadOf(pdfOfLoop),
  'GIF of a million frames': uploadOf(() => gifOfFrames(1e6, 16)),
}

/** An upload of a file by the form. */
function uploadOf(draw: () => Buffer | Promise<Buffer>): () => Promise<Attack> {
  return async () => {
    const file = new Blob([new Uint8Array(await draw())])
    return { bytes: file.size, send: (attacker, leaveMs) => attacker.tryUpload(file, leaveMs) }
  }
}
