import { AdmissionController } from '../engine/admission/admission-controller.ts'
import { DarkroomError } from '../errors/catalogue.ts'

export interface UploadSlotsOptions {
  /** Uploads at once: each takes a file on disk, and then a slot of the engine. */
  readonly slots: number
  /** How long an upload waits for a slot, in milliseconds. */
  readonly maxWaitMs: number
}

/** Uploads that may wait: each holds a connection and the bytes received so far, at most about 100 kB. */
const queueLimit = 256
/** One user gets at most this fraction of the slots: a quarter. */
const userShare = 4
/** The cost of each upload for the queue: equal costs admit one upload of each user in turn. */
const equalCostMs = 20
/** The shortest time after which a rejected client may retry, in milliseconds. */
const shortestRetryMs = 2_000

/** Limits the number of concurrent uploads, and shares the slots fairly between users. */
export interface UploadSlots {
  /**
   * Runs an upload as soon as a slot is free.
   * @throws DarkroomError `too-many-requests` when no slot becomes free in time, or the signal's reason
   */
  run<T>(userId: string, signal: AbortSignal, upload: () => Promise<T>): Promise<T>
}

/**
 * Slots for uploads. A user never takes more slots than remain free, so that a user with many slow uploads leaves some
 * to others (the dynamic threshold of Choudhury and Hahne, 1998). Waiting uploads are admitted one per user in turn.
 */
export function createUploadSlots({ slots, maxWaitMs }: UploadSlotsOptions): UploadSlots {
  const mostPerUser = Math.ceil(slots / userShare)
  const admission = new AdmissionController({
    slots,
    queueLimit,
    mostSlots: free => Math.min(mostPerUser, free),
    rejection: retryAfterMs =>
      new DarkroomError('too-many-requests', 'too many uploads at once, no slot is free in time', {
        retryAfterMs: Math.max(shortestRetryMs, retryAfterMs),
      }),
  })
  return {
    run: (tenant, signal, upload) =>
      admission.run({ tenant, costMs: equalCostMs, maxWaitMs, signal }, upload),
  }
}
