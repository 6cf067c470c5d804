import { EventEmitter } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectionOptions, connect, credsAuthenticator, Events, type NatsConnection } from 'nats'
import { DarkroomError, messageOf } from '../../../errors/catalogue.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import type { NatsLocation } from '../../config.ts'

/** How long closing may wait for buffered data to be sent, and for the connection to end, in milliseconds each. */
const closeMs = 1000

const reconnection = {
  maxReconnectAttempts: -1,
  // a server that restarts may reject its users for a moment
  ignoreAuthErrorAbort: true,
  reconnectTimeWait: 250,
  reconnectJitter: 250,
  reconnectJitterTLS: 250,
  timeout: 3000,
  // a network that drops all packets is detected within 15 seconds
  pingInterval: 5000,
  maxPingOut: 2,
} as const satisfies ConnectionOptions

/** A connection that reconnects for ever. Emits `disconnected` and `reconnected` once for each change. */
export class NatsClient extends EventEmitter<{ disconnected: []; reconnected: [] }> {
  readonly connection: NatsConnection
  readonly #logger: Logger
  #isConnected = true

  private constructor(connection: NatsConnection, logger: Logger) {
    super()
    this.setMaxListeners(0)
    this.connection = connection
    this.#logger = logger
    this.#watch().catch(error => logger.error({ err: error }, 'failed to watch the NATS connection'))
  }

  /**
   * @throws DarkroomError `unavailable` when the server cannot be reached, Error when the credentials file cannot be
   *   read
   */
  static async open(location: NatsLocation, logger: Logger): Promise<NatsClient> {
    const options = { ...(await optionsOf(location)), ...reconnection }
    try {
      return new NatsClient(await connect(options), logger)
    } catch (error) {
      throw new DarkroomError('unavailable', `NATS cannot be reached (${messageOf(error)})`, { cause: error })
    }
  }

  get isConnected(): boolean {
    return this.#isConnected && !this.connection.isClosed()
  }

  /**
   * While disconnected, the client library would buffer a write and might lose it.
   * @throws DarkroomError `unavailable`
   */
  requireConnection(): void {
    if (!this.isConnected)
      throw new DarkroomError('unavailable', 'the queue does not answer', { retryAfterMs: 5000 })
  }

  async close(): Promise<void> {
    if (this.connection.isClosed()) return
    if (this.isConnected) await settleWithin(closeMs, this.connection.flush())
    await settleWithin(closeMs, this.connection.close())
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === Events.Disconnect) this.#change(false)
      if (type === Events.Reconnect) this.#change(true)
    }
  }

  #change(isConnected: boolean): void {
    if (isConnected === this.#isConnected || this.connection.isClosed()) return
    this.#isConnected = isConnected
    if (isConnected) this.#logger.info('reconnected to NATS')
    else this.#logger.warn('disconnected from NATS')
    this.emit(isConnected ? 'reconnected' : 'disconnected')
  }
}

/** Waits at most `ms` milliseconds for work whose result and failure do not matter. */
export async function settleWithin(ms: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController()
  const timeout = sleep(ms, undefined, { signal: timer.signal })
  await Promise.race([work, timeout]).catch(() => {})
  timer.abort()
  timeout.catch(() => {})
}

async function optionsOf(location: NatsLocation): Promise<ConnectionOptions> {
  const { server, tls, user, password, token, credentialsFile } = location
  return {
    servers: server,
    name: location.prefix,
    ...(tls && { tls: {} }),
    ...(user !== undefined && password !== undefined && { user, pass: password }),
    ...(token !== undefined && { token }),
    ...(credentialsFile !== undefined && {
      authenticator: credsAuthenticator(await readFile(credentialsFile)),
    }),
  }
}
