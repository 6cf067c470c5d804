/** The surrogate key of everything made from an image, its original included, by which a CDN can purge it. */
export const imageTag = (imageId: string) => `i-${imageId}`

/** The surrogate key of everything of a user. */
export const userTag = (userId: string) => `u-${userId}`

/** The headers that state the surrogate keys of a response to a CDN. */
export type TagHeaders = (tags: readonly string[]) => Readonly<Record<string, string>>

/** The header of the HTTP contract, `Cache-Tag`. */
export const defaultTagHeaders: TagHeaders = tags => ({ 'cache-tag': tags.join(' ') })
