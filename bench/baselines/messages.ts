/** The first message to the bare HTTP server, which replies with its port. */
export interface ServerQuestion {
  /** Sent with every response, in addition to the headers of `node:http`; `content-length` is the file's size. */
  readonly headers: Readonly<Record<string, string>>
  /** Path of the file to send, by URL. */
  readonly files: Readonly<Record<string, string>>
  /** Whether files are read once at startup, or again for each request. */
  readonly inMemory: boolean
}

/** The originals of the bare sharp loop, sent once. The loop replies when it has read them. */
export interface PicturesQuestion {
  readonly pictures: readonly string[]
}

/** A batch of renderings for the bare sharp loop. */
export interface WorkQuestion {
  readonly jobs: readonly { readonly picture: number; readonly width: number }[]
  readonly format: 'jpg' | 'webp' | 'avif'
  readonly concurrency: number
}

/** Result of a batch of the bare sharp loop: its duration in milliseconds and its total output in bytes. */
export interface WorkAnswer {
  readonly ms: number
  readonly bytes: number
}
