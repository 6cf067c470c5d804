import type { Readable } from 'node:stream'

/** The body of an object: a buffer, or a stream of known length that is read once and destroyed on failure. */
export type ObjectBody = Buffer | { readonly stream: Readable; readonly bytes: number }

export interface PutOptions {
  contentType: string
  /** Write only if the object does not exist (originals have immutable keys). Otherwise `put` returns false. */
  onlyNew?: boolean
  /**
   * Whether the object must survive a power cut; true by default. With false, a power cut may lose the object but never
   * exposes a damaged one, and writing a file costs half as much. Use false for objects that can be made again.
   */
  durable?: boolean
  /**
   * Whether the bytes are on disk before the object becomes visible; true by default. With false, a power cut may cut the
   * object short, so its readers have to notice that. Only for objects that are not durable.
   */
  flush?: boolean
  signal?: AbortSignal
}

export interface StoredObject {
  /** Has to be read to its end or destroyed: an abandoned stream holds a socket or a file. */
  readonly stream: Readable
  /** The length of the stream in bytes: of the range, when one was requested. */
  readonly bytes: number
  /** The length of the whole object in bytes. */
  readonly totalBytes: number
}

/** A byte range with inclusive ends, as in HTTP; `end` may be past the end of the object. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** An upload that a client may send directly to the store. */
export interface PresignOptions {
  readonly bytes: number
  /** Of the content, in hex. */
  readonly sha256: string
  /** How long the URL is valid, in seconds. */
  readonly seconds: number
  readonly signal?: AbortSignal
}

/** The URL of a direct upload, and the headers that its `PUT` request must have. */
export interface PresignedPut {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * A store of objects. Keys are made only by `keys.ts`, from validated ids. An object becomes visible as a whole when
 * `put` resolves, and is durable then unless `durable` is false; before, it is not visible at all. Every call ends
 * when its signal aborts, or after a timeout of the driver with the code `unavailable`.
 */
export interface ObjectStore {
  /** Writes an object; false when `onlyNew` is set and the object exists. */
  put(key: string, body: ObjectBody, options: PutOptions): Promise<boolean>
  /**
   * Opens an object as a stream; undefined when it does not exist. A range outside of it is `range-not-satisfiable`.
   */
  open(key: string, options?: { range?: ByteRange; signal?: AbortSignal }): Promise<StoredObject | undefined>
  /**
   * Reads a whole object of at most `maxBytes` (a larger one is an `internal` error); undefined when it does not exist.
   */
  read(key: string, options: { maxBytes: number; signal?: AbortSignal }): Promise<Buffer | undefined>
  /** The object's length in bytes; undefined when it does not exist. */
  size(key: string, signal?: AbortSignal): Promise<number | undefined>
  /** Deletes any number of objects. Keys without an object are ignored. */
  delete(keys: readonly string[], signal?: AbortSignal): Promise<void>
  /** Every key that begins with the prefix (plain text, not a folder), in any order, page by page. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<string>
  /**
   * Checks that the store answers and can be written, for readiness and `doctor`.
   * @throws DarkroomError `unavailable`
   */
  check(signal?: AbortSignal): Promise<void>
  /**
   * Creates a URL for `PUT` requests of an object with exactly this length to exactly this key. Anyone who has the URL
   * may use it, more than once. Not every server verifies the checksum, so the content has to be verified when it is
   * read. Absent when clients cannot reach the store.
   */
  readonly presign?: ((key: string, options: PresignOptions) => Promise<PresignedPut>) | undefined
  /**
   * Every key whose object is where an earlier version of the driver stored it. With `move`, each object is moved to its
   * current place before its key is returned; the other calls find it all the time. Absent when there is only one place.
   */
  readonly listMisplaced?:
    | ((options: { move: boolean; signal?: AbortSignal }) => AsyncIterable<string>)
    | undefined
  /** Releases sockets. No call may follow. */
  close(): Promise<void>
}
