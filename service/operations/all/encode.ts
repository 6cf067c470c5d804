import { defineOperation } from '../operation.ts'

export default defineOperation({
  name: 'encode',
  label: 'Encoding',
  group: 'Output',
  summary: 'controls how the result is encoded; omitted options use the default of the format',
  example: 'encode_q-70',
  options: {
    q: {
      kind: 'number',
      min: 1,
      max: 100,
      integer: true,
      words: ['auto'],
      label: 'Quality',
      summary:
        'quality; default: jpg 80, webp 79 or lossless if that is smaller, avif 58, jxl 75, png and tiff lossless (a png has a palette if the original has one); auto picks the lowest quality that looks like the original (not for animations)',
    },
    effort: {
      kind: 'number',
      min: 0,
      max: 9,
      integer: true,
      label: 'Effort',
      advanced: true,
      summary: 'encoder effort: 0 is fastest, 9 gives the smallest file',
    },
    lossless: {
      kind: 'flag',
      default: false,
      label: 'Lossless',
      summary: 'lossless compression, where the format supports it; keeps 16 bits per channel (png, tiff)',
    },
    progressive: {
      kind: 'flag',
      default: false,
      label: 'Progressive',
      advanced: true,
      summary: 'progressive or interlaced loading (jpg, png, gif)',
    },
    maxbytes: {
      kind: 'number',
      min: 1,
      max: 100_000_000,
      integer: true,
      label: 'Largest file size',
      advanced: true,
      summary:
        'largest file size in bytes, reached by lowering the quality; lossless and near-lossless results may be larger',
    },
    meta: {
      kind: 'choice',
      values: ['strip', 'copyright', 'keep'],
      default: 'strip',
      label: 'Metadata',
      advanced: true,
      summary:
        'metadata to keep: strip (none), copyright (copyright and author of EXIF, XMP and IPTC) or keep (all EXIF and XMP)',
    },
    profile: {
      kind: 'choice',
      values: ['srgb', 'p3', 'keep'],
      default: 'srgb',
      label: 'Colour profile',
      advanced: true,
      summary:
        'colour profile: srgb, p3 (Display P3) or keep (that of the original, with 16 bits per channel in png and tiff, and with its HDR gain map in jpg)',
    },
    near: {
      kind: 'number',
      min: 0,
      max: 100,
      integer: true,
      label: 'Near-lossless',
      advanced: true,
      summary: 'near-lossless compression (webp): 0 changes pixels most, 100 not at all',
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
