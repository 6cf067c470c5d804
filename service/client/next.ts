import { modifyUrl } from './modifiers.ts'

/** The arguments that `next/image` passes to a loader. */
export interface LoaderProps {
  /** A URL that a server signed with a policy; any other URL is returned unchanged. */
  readonly src: string
  /** Width in device pixels: one of Next's `deviceSizes` or `imageSizes`. */
  readonly width: number
  /** Quality, 1–100. */
  readonly quality?: number | undefined
}

/**
 * An image loader for Next.js. Returns the URL of the source's operations at the requested width. It needs no
 * secret, so it can run in the browser.
 * @throws DarkroomError `bad-url` when the URL's path does not follow the grammar
 */
export function darkroomLoader({ src, width, quality }: LoaderProps): string {
  return modifyUrl(src, { width, quality })
}

export default darkroomLoader
