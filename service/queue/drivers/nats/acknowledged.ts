import { type JetStreamManager, NatsError, type StoredMsg } from 'nats'

/** Where the jobs of a consumer are. */
export interface ConsumerJobs {
  readonly stream: string
  /** The subjects of its jobs, with a wildcard. */
  readonly subjects: string
  /** The job up to which all were acknowledged, by its sequence number. */
  readonly acknowledged: number
}

/**
 * Removes jobs that were acknowledged and are still in the stream. A server that is killed between the two saves only the
 * first. It never delivers such a job again, and as a job is in the stream at most once, it would reject each later one with
 * the same key as a duplicate.
 * @throws NatsError
 */
export async function removeAcknowledged(
  manager: JetStreamManager,
  { stream, subjects, acknowledged }: ConsumerJobs,
): Promise<number> {
  let removed = 0
  for (let seq = 1; seq <= acknowledged; ) {
    const next = await findNext(manager, stream, { seq, next_by_subj: subjects })
    if (next === undefined || next.seq > acknowledged) break
    // another process may have removed it in the meantime
    if (await manager.streams.deleteMessage(stream, next.seq, false).catch(ignoreApiError)) removed++
    seq = next.seq + 1
  }
  return removed
}

/** The first job from a sequence number on. */
function findNext(
  manager: JetStreamManager,
  stream: string,
  query: { readonly seq: number; readonly next_by_subj: string },
): Promise<StoredMsg | undefined> {
  return manager.streams.getMessage(stream, query).catch(ignoreApiError)
}

/** The server has refused the call, for example because there is no such job. */
function ignoreApiError(error: unknown): undefined {
  if (error instanceof NatsError && error.api_error) return undefined
  throw error
}
