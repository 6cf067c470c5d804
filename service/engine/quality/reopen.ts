import type { Sharp } from 'sharp'
import type { OutputFormat } from '../../plan/formats.ts'
import { makeRung } from '../foreign/rung.ts'
import { openCarrier } from '../libvips.ts'
import type { Developed } from '../write.ts'

/** Opens what was written, to look at it. */
export async function reopen(written: Developed, format: OutputFormat, seconds: number): Promise<Sharp> {
  if (format !== 'jxl') return openCarrier(written.data, seconds)
  const maxPixels = written.width * written.height
  const { png } = await makeRung('jxl', written.data, { page: 1, maxPixels })
  return openCarrier(png, seconds)
}
