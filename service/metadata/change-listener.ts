import { randomBytes } from 'node:crypto'
import { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { backoffMs, jittered } from '../concurrency/backoff.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Database } from './database.ts'

/** The channel on which triggers notify of changes (migration `change-notices`). */
const changesChannel = 'darkroom_changes'
/** How long to wait for the connection and for its statements, in milliseconds. */
const answerMs = 5_000
/** The interval of the process's notices to itself, in milliseconds. Caches need one that is less than 0.9 s old. */
const beatMs = 250
/** The most of these notices that wait for a connection of the pool. */
const maxWaitingBeats = 2
/** How long notices go on after a cache needed them, in milliseconds. An idle process sends none. */
const idleMs = 10_000
/** How long no notice may come back before the connection is opened anew, in milliseconds. */
const deafMs = 5_000
/** How long a graceful end of the connection may take, in milliseconds. */
const endMs = 500
/** After this long without data, probes find out whether the other side is still there, in milliseconds. */
const keepAliveMs = 10_000
const reconnectBackoff = { firstMs: 250, maxMs: 30_000 }
/** How long the server waits for the acknowledgement of what it has sent, in milliseconds, before it ends the session. */
const unacknowledgedMs = 30_000

/** Takes what arrives over the connection; implemented by the change log of the caches. */
export interface ChangeReceiver {
  /** Every change from now on will be recorded. */
  listening(): void
  /** Changes may be missed from now on. */
  lost(): void
  /** Every change that was committed before `at`, on the clock of `performance.now()`, was recorded. */
  confirm(at: number): void
  /** Records changes of the rows with these keys: `<userId>`, `<userId>/<imageId>`, or `<userId>/` for all images. */
  record(keys: readonly string[]): void
  /** Records a change of too many rows to name them. */
  recordAll(): void
  /** Whether the record was used within the last `ms` milliseconds. */
  isInUse(ms: number): boolean
}

export interface ChangeListenerParts {
  /** Of a direct connection: a pooler in transaction mode does not forward notices. */
  readonly url: string
  /** The pool, which sends the process's notices to itself: so they take the way of changes, also after a failover. */
  readonly database: Pick<Database, 'query'>
  readonly logger: Logger
  readonly receiver: ChangeReceiver
}

export interface ChangeListener {
  close(): Promise<void>
}

/**
 * Receives the notices that triggers send when a row changes that processes cache, on a connection of its own. It
 * connects in the background, and again whenever the connection is lost. Postgres delivers notices in the order of
 * commits. So when a notice of the process to itself comes back, all notices of earlier commits have arrived: this also
 * notices a connection that is silently dead.
 */
export function openChangeListener(parts: ChangeListenerParts): ChangeListener {
  const closing = new AbortController()
  const running = keepListening(parts, closing.signal)
  return {
    async close() {
      closing.abort()
      await running
    },
  }
}

async function keepListening(parts: ChangeListenerParts, signal: AbortSignal): Promise<void> {
  const { logger } = parts
  let failures = 0
  const onConfirmed = () => {
    if (failures > 0) logger.info('notices of changed rows arrive again')
    failures = 0
  }
  while (!signal.aborted) {
    const reason = await listen(parts, onConfirmed, signal).catch(messageOf)
    if (signal.aborted) return
    failures++
    const level = failures === 1 ? 'warn' : 'debug'
    logger[level]({ reason }, 'receiving no notices of changed rows, reading rows in use twice a second')
    await delay(jittered(backoffMs(failures, reconnectBackoff)), undefined, { signal, ref: false }).catch(
      () => {},
    )
  }
}

/** Listens until the connection fails or the signal aborts. Always rejects, with the reason. */
async function listen(
  { url, database, receiver }: ChangeListenerParts,
  onConfirmed: () => void,
  signal: AbortSignal,
): Promise<never> {
  // private to this connection, so that a late notice of an earlier one confirms nothing
  const channel = `darkroom_beat_${randomBytes(8).toString('hex')}`
  const heartbeat = new Heartbeat({ database, receiver, channel, onConfirmed })
  const socket = new Socket()
  const client = new pg.Client({
    connectionString: url,
    application_name: 'darkroom changes',
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMs,
    stream: () => socket,
  })
  const stop = new AbortController()
  const stopped = AbortSignal.any([signal, stop.signal])
  const ended = untilEnd(client, stopped)
  client.on('notification', ({ channel: from, payload = '' }) => {
    if (from === channel) heartbeat.receive(Number(payload))
    else receive(receiver, payload)
  })
  try {
    await Promise.race([client.connect(), ended])
    // the server keeps notices until every listener has read them, so a listener that is gone must not stay for hours
    await client.query(`set tcp_user_timeout = ${unacknowledgedMs}`).catch(() => {})
    await Promise.race([client.query(`listen ${changesChannel}; listen ${channel}`), ended])
    receiver.listening()
    return await Promise.race([heartbeat.run(stopped), ended])
  } finally {
    receiver.lost()
    stop.abort()
    await Promise.race([client.end().catch(() => {}), delay(endMs, undefined, { ref: false })])
    socket.destroy()
  }
}

/** Rejects when the connection ends or the signal aborts. */
function untilEnd(client: pg.Client, signal: AbortSignal): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    client.on('error', reject)
    client.on('end', () => reject(new Error('the server ended the connection')))
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  ended.catch(() => {})
  return ended
}

/** A notice is `*` for everything, or a user with nothing (the account), `/` (all images) or `/` and ids of images, with commas. */
function receive(receiver: ChangeReceiver, payload: string): void {
  const [, userId, ids] = /^([a-z0-9]+)(?:\/([a-z0-9,]*))?$/.exec(payload) ?? []
  // a later version may send other notices than `*`: this version cannot know what they change
  if (userId === undefined) receiver.recordAll()
  else if (ids === undefined) receiver.record([userId])
  else receiver.record(ids.split(',').map(id => `${userId}/${id}`))
}

interface HeartbeatParts extends Pick<ChangeListenerParts, 'database' | 'receiver'> {
  readonly channel: string
  readonly onConfirmed: () => void
}

/** The notices of a process to itself. */
class Heartbeat {
  readonly #parts: HeartbeatParts
  #waiting = 0
  /** When the last notice that has come back was sent. */
  #confirmedAt = 0
  /** When the server accepted the first notice that has not come back; undefined if all have. */
  #acceptedAt: number | undefined

  constructor(parts: HeartbeatParts) {
    this.#parts = parts
  }

  /** A notice has come back; its payload is the time at which it was sent. */
  receive(sentAt: number): void {
    if (!(sentAt <= performance.now())) return
    this.#acceptedAt = undefined
    this.#confirmedAt = sentAt
    this.#parts.receiver.confirm(sentAt)
    this.#parts.onConfirmed()
  }

  /** Sends notices while caches need them. @throws Error when none comes back */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      if (this.#waiting < maxWaitingBeats && this.#parts.receiver.isInUse(idleMs)) void this.#send()
      await delay(beatMs, undefined, { signal, ref: false })
      if (this.#acceptedAt !== undefined && performance.now() - this.#acceptedAt > deafMs)
        throw new Error(
          'notices do not come back: behind a pooler, DARKROOM_DATABASE_DIRECT_URL must name the server itself',
        )
    }
  }

  async #send(): Promise<void> {
    const { database, channel } = this.#parts
    const sentAt = performance.now()
    this.#waiting++
    try {
      await database.query('select pg_notify($1, $2)', [channel, String(sentAt)])
      // it may have come back before the answer of the pool
      if (sentAt > this.#confirmedAt) this.#acceptedAt ??= performance.now()
    } catch {
      // without the database, nothing can be confirmed
    } finally {
      this.#waiting--
    }
  }
}
