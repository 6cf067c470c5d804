/** What the bare HTTP server is told once; it answers with the port that it listens on. */
export interface ServerQuestion {
  /** Sent with every answer, beside what `node:http` adds; `content-length` follows from the file. */
  readonly headers: Readonly<Record<string, string>>
  /** File by URL. */
  readonly files: Readonly<Record<string, string>>
  /** Whether files are read once, or for each request. */
  readonly inMemory: boolean
}

/** The originals of the bare sharp loop, told once; it answers when it has read them. */
export interface PicturesQuestion {
  readonly pictures: readonly string[]
}

/** Work for the bare sharp loop. */
export interface WorkQuestion {
  readonly jobs: readonly { readonly picture: number; readonly width: number }[]
  readonly format: 'jpg' | 'webp' | 'avif'
  readonly concurrency: number
}

/** What the bare sharp loop has done, in how many milliseconds, into how many bytes altogether. */
export interface WorkAnswer {
  readonly ms: number
  readonly bytes: number
}
