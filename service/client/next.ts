import { modifyUrl } from './modifiers.ts'

/** What `next/image` asks a loader for. */
export interface LoaderProps {
  /** A URL that a server signed with a policy; any other is given back as it is. */
  readonly src: string
  /** Device pixels: one of Next's `deviceSizes` or `imageSizes`. */
  readonly width: number
  /** 1–100. */
  readonly quality?: number | undefined
}

/**
 * An image loader for Next.js: the source's operations at the width that is asked for. It holds no secret, so it may run
 * in the browser.
 * @throws DarkroomError `bad-url` when the URL's path does not follow the grammar
 */
export function darkroomLoader({ src, width, quality }: LoaderProps): string {
  return modifyUrl(src, { width, quality })
}

export default darkroomLoader
