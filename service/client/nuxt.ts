import { type Modifiers, modifyUrl } from './modifiers.ts'

/** What Nuxt Image asks a provider for: its modifiers, and the provider's options of `nuxt.config`. */
export interface ImageRequest {
  readonly modifiers?: Modifiers | undefined
  /** Where Darkroom is, for sources that are paths. */
  readonly baseURL?: string | undefined
}

/**
 * A provider for Nuxt Image. The source is a URL, or its path, that a server signed with a policy; any other is given back
 * as it is.
 * @throws DarkroomError `bad-url` naming the option and what was expected
 */
export function getImage(src: string, { modifiers = {}, baseURL }: ImageRequest = {}): { url: string } {
  return { url: modifyUrl(src, modifiers, baseURL) }
}

const provider = { getImage }

/** The provider as Nuxt Image 2 takes it; version 1 takes `getImage`. */
export default function darkroomProvider(): typeof provider {
  return provider
}
