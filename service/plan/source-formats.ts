/**
 * Formats of originals of which each page is decoded only once. The decoded page is stored as a rung, and all
 * derivatives of the page are rendered from that rung.
 */
export const pagedFormats = ['heic', 'jxl', 'pdf', 'ico', 'bmp'] as const
export type PagedFormat = (typeof pagedFormats)[number]

/** Formats of originals. */
export const sourceFormats = ['jpg', 'png', 'webp', 'avif', 'gif', 'tiff', 'svg', ...pagedFormats] as const
export type SourceFormat = (typeof sourceFormats)[number]

/** Whether derivatives are rendered from a page's stored rung instead of the original. */
export function isPaged(format: SourceFormat): format is PagedFormat {
  return pagedFormats.some(paged => paged === format)
}
