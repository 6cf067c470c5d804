import { EventEmitter } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectionOptions, connect, credsAuthenticator, Events, type NatsConnection } from 'nats'
import { DarkroomError, messageOf } from '../../../errors/catalogue.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import type { NatsLocation } from '../../config.ts'

/** How long the end of the connection may wait for what was written, in milliseconds. */
const lastWordsMs = 1000

const persistence = {
  maxReconnectAttempts: -1,
  // a server that restarts may not know its users for a moment
  ignoreAuthErrorAbort: true,
  reconnectTimeWait: 250,
  reconnectJitter: 250,
  reconnectJitterTLS: 250,
  timeout: 3000,
  // a network that swallows everything is noticed within a quarter of a minute
  pingInterval: 5000,
  maxPingOut: 2,
} as const satisfies ConnectionOptions

/** A connection that is made again for ever. Emits `disconnected` and `reconnected` once each time. */
export class NatsClient extends EventEmitter<{ disconnected: []; reconnected: [] }> {
  readonly connection: NatsConnection
  readonly #logger: Logger
  #isUp = true

  private constructor(connection: NatsConnection, logger: Logger) {
    super()
    this.setMaxListeners(0)
    this.connection = connection
    this.#logger = logger
    this.#follow().catch(error => logger.error({ err: error }, 'the state of NATS is not known'))
  }

  /**
   * @throws DarkroomError `unavailable` when the server cannot be reached now, Error when there are no credentials in
   *   the file
   */
  static async open(place: NatsLocation, logger: Logger): Promise<NatsClient> {
    const options = { ...(await optionsOf(place)), ...persistence }
    try {
      return new NatsClient(await connect(options), logger)
    } catch (error) {
      throw new DarkroomError('unavailable', `NATS cannot be reached (${messageOf(error)})`, { cause: error })
    }
  }

  get isConnected(): boolean {
    return this.#isUp && !this.connection.isClosed()
  }

  /** The client would keep what is written now and perhaps lose it. @throws DarkroomError `unavailable` */
  requireConnection(): void {
    if (!this.isConnected)
      throw new DarkroomError('unavailable', 'The queue does not answer', { retryAfterMs: 5000 })
  }

  async close(): Promise<void> {
    if (this.connection.isClosed()) return
    if (this.isConnected) await settleWithin(lastWordsMs, this.connection.flush())
    await settleWithin(lastWordsMs, this.connection.close())
  }

  async #follow(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === Events.Disconnect) this.#change(false)
      if (type === Events.Reconnect) this.#change(true)
    }
  }

  #change(isUp: boolean): void {
    if (isUp === this.#isUp || this.connection.isClosed()) return
    this.#isUp = isUp
    if (isUp) this.#logger.info('NATS is back')
    else this.#logger.warn('NATS is away')
    this.emit(isUp ? 'reconnected' : 'disconnected')
  }
}

/** Waits for work that may fail or never end. */
export async function settleWithin(ms: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController()
  const late = sleep(ms, undefined, { signal: timer.signal })
  await Promise.race([work, late]).catch(() => {})
  timer.abort()
  late.catch(() => {})
}

async function optionsOf(place: NatsLocation): Promise<ConnectionOptions> {
  const { server, tls, user, password, token, credentialsFile } = place
  return {
    servers: server,
    name: place.prefix,
    ...(tls && { tls: {} }),
    ...(user !== undefined && password !== undefined && { user, pass: password }),
    ...(token !== undefined && { token }),
    ...(credentialsFile !== undefined && {
      authenticator: credsAuthenticator(await readFile(credentialsFile)),
    }),
  }
}
