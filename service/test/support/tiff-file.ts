/** A page of an uncompressed TIFF in one strip. */
export interface TiffPage {
  readonly width: number
  readonly height: number
  /** Rows from the top, in little-endian order. */
  readonly samples: Buffer
  /** Bits of each channel: one for grey, three for RGB. */
  readonly bits: readonly number[]
  /** 1 for unsigned integers, 2 for signed ones, 3 for floats. */
  readonly sampleFormat?: number
  readonly compression?: number
}

const [short, long] = [3, 4]

/** Writes pages that can have different sizes and kinds of samples (TIFF 6.0, section 2), which sharp cannot. */
export function tiffFile(pages: readonly TiffPage[]): Buffer {
  const parts: Buffer[] = [Buffer.from('49492a0008000000', 'hex')]
  let at = 8
  for (const [index, page] of pages.entries()) {
    const part = writePage(page, at, index === pages.length - 1)
    parts.push(part)
    at += part.length
  }
  return Buffer.concat(parts)
}

/** The directory, the values that do not fit into it, and the samples. */
function writePage(page: TiffPage, at: number, isLast: boolean): Buffer {
  const { width, height, samples, bits, sampleFormat = 1, compression = 1 } = page
  const channels = bits.length
  const count = 10
  const valuesAt = at + 2 + 12 * count + 4
  const samplesAt = valuesAt + 4 * channels
  // values of one channel are in the entry itself
  const perChannel = (value: number, offset: number) => [short, channels, channels === 1 ? value : offset]
  const entries: readonly (readonly number[])[] = [
    [256, short, 1, width],
    [257, short, 1, height],
    [258, ...perChannel(bits[0] ?? 8, valuesAt)],
    [259, short, 1, compression],
    [262, short, 1, channels === 1 ? 1 : 2],
    [273, long, 1, samplesAt],
    [277, short, 1, channels],
    [278, short, 1, height],
    [279, long, 1, samples.length],
    [339, ...perChannel(sampleFormat, valuesAt + 2 * channels)],
  ]
  const directory = Buffer.alloc(samplesAt - at)
  directory.writeUInt16LE(count, 0)
  for (const [place, [tag = 0, type = 0, values = 0, value = 0]] of entries.entries()) {
    const entry = 2 + 12 * place
    directory.writeUInt16LE(tag, entry)
    directory.writeUInt16LE(type, entry + 2)
    directory.writeUInt32LE(values, entry + 4)
    directory.writeUInt32LE(value, entry + 8)
  }
  directory.writeUInt32LE(isLast ? 0 : samplesAt + samples.length, 2 + 12 * count)
  for (const [channel, value] of [...bits, ...bits.map(() => sampleFormat)].entries())
    directory.writeUInt16LE(value, valuesAt - at + 2 * channel)
  return Buffer.concat([directory, samples])
}

/** A TIFF of one row of floats, which are grey values or, for three channels, colours. */
export function floatTiff(values: readonly number[], channels: 1 | 3 = 1): Buffer {
  const samples = Buffer.from(Float32Array.from(values).buffer)
  const bits = Array.from({ length: channels }, () => 32)
  return tiffFile([{ width: values.length / channels, height: 1, bits, sampleFormat: 3, samples }])
}
