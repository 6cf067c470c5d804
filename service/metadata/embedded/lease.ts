import pg from 'pg'

/**
 * An advisory lock that every process using the server holds in shared mode. Only the last user gets it
 * exclusively.
 */
const leaseKey = 0x6c656173

/** One process's use of the server: a session with the shared lock, which ends when the process dies. */
export interface Lease {
  port: number
  client: pg.Client
  /** Resolves when the session ends or the signal aborts. */
  lost(signal: AbortSignal): Promise<void>
}

/** Opens a session with the shared lock; undefined while the last user is stopping the server. */
export async function acquireLease(url: string, port: number): Promise<Lease | undefined> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'darkroom lease',
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
    keepAlive: true,
  })
  client.on('error', () => undefined) // `end` follows, and is handled
  const ended = new Promise<void>(resolve => client.on('end', resolve))
  try {
    await client.connect()
    const answer = await client.query<{ got: boolean }>('select pg_try_advisory_lock_shared($1) as got', [
      leaseKey,
    ])
    if (answer.rows[0]?.got) return { port, client, lost: signal => Promise.race([ended, aborted(signal)]) }
  } catch (error) {
    await client.end()
    throw error
  }
  await client.end()
  return undefined
}

/**
 * Releases the shared lock, then tries to get it exclusively. Returns whether this was the last user. In this
 * order, one of two processes that leave at the same time always is the last.
 */
export async function releaseLease({ client }: Lease): Promise<boolean> {
  await client.query('select pg_advisory_unlock_shared($1)', [leaseKey])
  const answer = await client.query<{ last: boolean }>('select pg_try_advisory_lock($1) as last', [leaseKey])
  return answer.rows[0]?.last === true
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}
