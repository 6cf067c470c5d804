import type { Readable } from 'node:stream'

/** The body of an object: bytes at hand, or a stream of a known length that is read once and destroyed on failure. */
export type ObjectBody = Buffer | { readonly stream: Readable; readonly bytes: number }

export interface PutOptions {
  contentType: string
  /** The object must not exist yet (originals: immutable keys). Then `put` answers false and writes nothing. */
  onlyNew?: boolean
  /**
   * Whether a power cut must keep the object (true). What can be made again may be lost then, but it is never seen
   * damaged; files are written at half the cost in this way.
   */
  durable?: boolean
  signal?: AbortSignal
}

export interface StoredObject {
  /** Must be read to its end or destroyed: an abandoned one holds a socket or a file. */
  readonly stream: Readable
  /** The length of the stream in bytes: of the range, when one was asked for. */
  readonly bytes: number
  /** The length of the whole object in bytes. */
  readonly totalBytes: number
}

/** A byte range, both ends inclusive as in HTTP; `end` may be past the end of the object. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** What somebody else may put to a key by himself. */
export interface PresignOptions {
  readonly bytes: number
  /** In hex. */
  readonly sha256: string
  /** For how long, in seconds. */
  readonly seconds: number
  readonly signal?: AbortSignal
}

/** Where it is put by HTTP, with headers that must come along. */
export interface PresignedPut {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Where objects live. Keys are made by `keys.ts` only, from validated ids. After `put` resolves the object is
 * visible as a whole and, unless asked otherwise, durable (a power cut keeps it); before, it is not visible at all.
 * Every call ends: by its signal, or by the driver's own time limit, with the code `unavailable`.
 */
export interface ObjectStore {
  /** Writes an object; false when it exists already and `onlyNew` was asked for. */
  put(key: string, body: ObjectBody, options: PutOptions): Promise<boolean>
  /** Opens an object for streaming; undefined when there is none. A range wholly outside is `range-not-satisfiable`. */
  open(key: string, options?: { range?: ByteRange; signal?: AbortSignal }): Promise<StoredObject | undefined>
  /** Reads a whole object of at most `maxBytes` (more is an `internal` error); undefined when there is none. */
  read(key: string, options: { maxBytes: number; signal?: AbortSignal }): Promise<Buffer | undefined>
  /** The object's length in bytes; undefined when there is none. */
  size(key: string, signal?: AbortSignal): Promise<number | undefined>
  /** Removes objects, any number of them; those that do not exist are no error. */
  delete(keys: readonly string[], signal?: AbortSignal): Promise<void>
  /** Every key that begins with the prefix (plain text, not a folder), in no promised order, page by page. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<string>
  /** Proves that the store answers and can be written (readiness, `doctor`); otherwise throws `unavailable`. */
  check(signal?: AbortSignal): Promise<void>
  /**
   * A URL for one `PUT` of an object of just this length to just this key, by whoever holds it and as often as he likes.
   * Its content is what the checksum says only where the server looks: whoever reads it must look again. Absent where
   * nobody but the service reaches the store.
   */
  readonly presign?: ((key: string, put: PresignOptions) => Promise<PresignedPut>) | undefined
  /** Releases sockets; no call may follow. */
  close(): Promise<void>
}
