import pg from 'pg'

/** Everyone who uses the server holds this lock in shared mode; who gets it alone is the last one. */
const leaseKey = 0x6c656173

/** One process's share in the server: a session whose lock says that the server is in use, and which dies with us. */
export interface Lease {
  port: number
  client: pg.Client
  /** Resolves when the session ended, or the signal aborts. */
  lost(signal: AbortSignal): Promise<void>
}

/** A session with the shared lock; undefined while the last user is just stopping the server. */
export async function acquireLease(url: string, port: number): Promise<Lease | undefined> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'darkroom lease',
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
    keepAlive: true,
  })
  client.on('error', () => undefined) // `end` follows, and is what counts
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

/** Puts the shared lock back and tries to get it alone, in this order: of two who leave at once, one is then the last. */
export async function releaseLease({ client }: Lease): Promise<boolean> {
  await client.query('select pg_advisory_unlock_shared($1)', [leaseKey])
  const answer = await client.query<{ last: boolean }>('select pg_try_advisory_lock($1) as last', [leaseKey])
  return answer.rows[0]?.last === true
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}
