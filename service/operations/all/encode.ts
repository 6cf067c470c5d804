import { defineOperation } from '../operation.ts'

export default defineOperation({
  name: 'encode',
  summary: 'how the result is written; an option that is left out follows the format',
  example: 'encode_q-70',
  options: {
    q: {
      kind: 'number',
      min: 1,
      max: 100,
      integer: true,
      words: ['auto'],
      summary:
        'quality; left out: jpg 80, webp 79, avif 58, jxl 75, png and tiff lossless. auto: what this picture needs (not for animations)',
    },
    effort: {
      kind: 'number',
      min: 0,
      max: 9,
      integer: true,
      summary: 'time spent on size: 0 fastest, 9 smallest',
    },
    lossless: {
      kind: 'flag',
      default: false,
      summary: 'keep every pixel as it is, where the format can; 16 bits too (png, tiff)',
    },
    progressive: { kind: 'flag', default: false, summary: 'show a coarse picture first (jpg, png, gif)' },
    maxbytes: {
      kind: 'number',
      min: 1,
      max: 100_000_000,
      integer: true,
      summary: 'bytes that the result may have: quality gives way, lossless does not',
    },
    meta: {
      kind: 'choice',
      values: ['strip', 'copyright', 'keep'],
      default: 'strip',
      summary:
        'what describes the original and stays in the result: nothing, whose it is (EXIF, XMP, IPTC), or EXIF and XMP',
    },
    profile: {
      kind: 'choice',
      values: ['srgb', 'p3', 'keep'],
      default: 'srgb',
      summary:
        'colours of the result: sRGB, Display P3, or as the original has them, with its 16 bits (png, tiff) or its HDR gain map (jpg)',
    },
    near: {
      kind: 'number',
      min: 0,
      max: 100,
      integer: true,
      summary: 'webp: nearly lossless, pixels may change a little: 0 most, 100 not at all',
    },
  },
  stages: () => [],
  output: ({ q, effort, lossless, progressive, maxbytes, meta, profile, near }) => ({
    ...(q === undefined ? {} : { quality: q }),
    ...(effort === undefined ? {} : { effort }),
    ...(maxbytes === undefined ? {} : { maxBytes: maxbytes }),
    ...(near === undefined ? {} : { near }),
    lossless,
    progressive,
    metadata: meta,
    profile,
  }),
})
