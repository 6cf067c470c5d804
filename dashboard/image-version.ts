import type { Image } from './api-types.ts'

/**
 * A signed path with a parameter that changes with the original. Browsers keep an image for up to a year, so the path
 * alone would show the earlier original after a replacement. The parameter is not part of the signature.
 */
export function ofVersion(signedPath: string, { sha256 }: Pick<Image, 'sha256'>): string {
  return `${signedPath}&v=${sha256.slice(0, 8)}`
}
