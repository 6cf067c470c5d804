/** What a user may have at most; what is absent is not limited. */
export interface UserLimits {
  /** Of the originals of his images. */
  storageBytes?: number
  /** How many. */
  images?: number
  /** From midnight to midnight UTC. */
  developmentsPerDay?: number
  /** Of a result: its width times its height. */
  outputPixels?: number
  /** The only ones that he may use, those within presets included. */
  operations?: string[]
  /** The only ones that a URL may name; `auto` stands for whatever it becomes. */
  formats?: string[]
  /** For image URLs, in each process. */
  requestsPerSecond?: number
}
