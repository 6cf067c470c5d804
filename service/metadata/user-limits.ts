/** The limits of a user; an absent field means no limit. */
export interface UserLimits {
  /** The total size of the user's originals. */
  storageBytes?: number
  /** The number of images. */
  images?: number
  /** The total size of the user's derivatives. Above it, those that were not used for the longest time are removed. */
  derivativeBytes?: number
  /** Renders per day, in UTC. */
  developmentsPerDay?: number
  /** The width times the height of a result. */
  outputPixels?: number
  /** The only operations that the user may use, also within presets. */
  operations?: string[]
  /** The only formats that a URL may name; `auto` includes every format that it resolves to. */
  formats?: string[]
  /** For image URLs, in each process. */
  requestsPerSecond?: number
}
