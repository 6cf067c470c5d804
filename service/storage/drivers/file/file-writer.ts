import { Worker } from 'node:worker_threads'

/** A file to write and to move to its place. */
export interface FileWrite {
  readonly temporary: string
  readonly target: string
  readonly data: Uint8Array<ArrayBuffer>
}

interface Waiting {
  readonly write: FileWrite
  readonly done: (isWritten: boolean) => void
}

/** The largest file that is written in the thread, in bytes: each is copied, and others wait meanwhile. */
export const maxThreadBytes = 1024 * 1024

/**
 * Writes small files in a thread: one message for all that are written at the same moment, where each file takes four
 * calls of libuv's pool otherwise. Most of a cold request's writing was spent in the main thread on those calls.
 */
class FileWriter {
  #thread: Worker | undefined
  /** The files of the next message. */
  #next: Waiting[] = []
  /** The files of messages that were not answered yet. */
  readonly #sent: (readonly Waiting[])[] = []

  /** Rejects only with the signal's reason; false means that the file could not be written. */
  write(temporary: string, target: string, data: Buffer, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      const done = (isWritten: boolean) => {
        signal.removeEventListener('abort', abort)
        resolve(isWritten)
      }
      // copied, because the bytes are transferred, and they are served from memory meanwhile
      this.#next.push({ write: { temporary, target, data: new Uint8Array(data) }, done })
      if (this.#next.length === 1) setImmediate(() => this.#send())
    })
  }

  #send(): void {
    const batch = this.#next
    this.#next = []
    const thread = this.#startIfPossible()
    if (thread === undefined) {
      for (const { done } of batch) done(false)
      return
    }
    const writes = batch.map(({ write }) => write)
    // the process must not end before the files are written
    if (this.#sent.length === 0) thread.ref()
    this.#sent.push(batch)
    thread.postMessage(
      writes,
      writes.map(({ data }) => data.buffer),
    )
  }

  /** Undefined when the system refuses another thread. */
  #startIfPossible(): Worker | undefined {
    try {
      this.#thread ??= this.#start()
    } catch {}
    return this.#thread
  }

  #start(): Worker {
    const thread = new Worker(new URL('./writing-thread.js', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 },
      env: {},
      execArgv: [],
    })
    thread.unref()
    const fail = () => {
      if (this.#thread !== thread) return
      this.#thread = undefined
      for (const batch of this.#sent.splice(0)) for (const { done } of batch) done(false)
    }
    thread.on('message', (written: readonly boolean[]) => {
      for (const [index, { done }] of (this.#sent.shift() ?? []).entries()) done(written[index] === true)
      if (this.#sent.length === 0) thread.unref()
    })
    return thread.on('error', fail).on('exit', fail)
  }
}

/** One thread for all stores of the process. */
export const fileWriter = new FileWriter()
