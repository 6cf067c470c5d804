/** The tag of everything of an image, its original included, by which a cache in front can be told. */
export const imageTag = (imageId: string) => `i-${imageId}`

/** The tag of everything of a user. */
export const userTag = (userId: string) => `u-${userId}`

/** The headers that tell caches in front the tags of a response. */
export type TagHeaders = (tags: readonly string[]) => Readonly<Record<string, string>>

/** The header of the HTTP contract. */
export const defaultTagHeaders: TagHeaders = tags => ({ 'cache-tag': tags.join(' ') })
