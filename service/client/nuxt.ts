import { type Modifiers, modifyUrl } from './modifiers.ts'

/** The arguments that Nuxt Image passes to a provider: modifiers, and the provider's options of `nuxt.config`. */
export interface ImageRequest {
  readonly modifiers?: Modifiers | undefined
  /** Darkroom's address, for sources that are paths. */
  readonly baseURL?: string | undefined
}

/**
 * A provider for Nuxt Image. The source is a URL that a server signed with a policy, or the path of one; any
 * other source is returned unchanged.
 * @throws DarkroomError `bad-url` with the option's name and the expected value
 */
export function getImage(src: string, { modifiers = {}, baseURL }: ImageRequest = {}): { url: string } {
  return { url: modifyUrl(src, modifiers, baseURL) }
}

const provider = { getImage }

/** The provider for Nuxt Image 2. Version 1 uses `getImage`. */
export default function darkroomProvider(): typeof provider {
  return provider
}
