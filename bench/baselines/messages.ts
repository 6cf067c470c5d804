/** The first message to the bare HTTP server, which replies with its port. */
export interface ServerQuestion {
  /** Sent with every response, in addition to the headers of `node:http`; `content-length` is the file's size. */
  readonly headers: Readonly<Record<string, string>>
  /** Path of the file to send, by URL. */
  readonly files: Readonly<Record<string, string>>
  /** Whether files are read once at startup, or again for each request. */
  readonly inMemory: boolean
}

/** The first message to the bare server of mixed requests, which replies with its port. */
export interface MixQuestion {
  readonly headers: Readonly<Record<string, string>>
  /** Paths of files by URL: those that are held in memory, and those that are read for each request. */
  readonly held: Readonly<Record<string, string>>
  readonly stored: Readonly<Record<string, string>>
  /** Renderings by URL. */
  readonly rendered: Readonly<Record<string, { readonly picture: string; readonly width: number }>>
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

/** One decoding of a picture for derivatives of many widths. */
export interface BurstQuestion {
  /** Index of the picture. */
  readonly burst: number
  readonly widths: readonly number[]
  readonly concurrency: number
}

/** Objects to read from S3 with the SDK alone. */
export interface ObjectsQuestion {
  readonly server: {
    readonly endpoint: string
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly bucket: string
  }
  readonly keys: readonly string[]
  readonly connections: number
}

/** Result of a batch of a bare loop: its duration in milliseconds and its total output in bytes. */
export interface WorkAnswer {
  readonly ms: number
  readonly bytes: number
}
