/** What the URLs of images begin with. */
const prefixes = ['/processed/', '/raw/'] as const

/** The beginning of an image's URL; undefined for any other URL. */
export function imagePrefix(url: string): string | undefined {
  return prefixes.find(prefix => url.startsWith(prefix))
}

/** Whether a URL is an image's. */
export function isImageUrl(url: string): boolean {
  return imagePrefix(url) !== undefined
}
