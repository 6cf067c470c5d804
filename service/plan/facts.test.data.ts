import type { ImageFacts } from './facts.ts'

/** A photograph of 12 megapixels, as a base for variations. */
export const photograph: ImageFacts = {
  format: 'jpg',
  width: 4000,
  height: 3000,
  orientation: 1,
  pages: 1,
  alpha: false,
  progressive: false,
  profile: 'none',
  space: 'srgb',
  bytes: 1_000_000,
}
