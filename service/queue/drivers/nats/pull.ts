import { createInbox, isHeartbeatMsg, type Msg, nanos, type Subscription } from 'nats'
import { type NatsClient, settleWithin } from './client.ts'

/** How long a pull waits at the server, and how often the server says that it still does; in milliseconds. */
const expiresMs = 30_000
const heartbeatMs = 2_000
/** How long the server may be silent before the pull counts as lost. */
const silenceMs = 2 * heartbeatMs + 1_000
/** How long the last message of an ended pull may be on its way. */
const onTheWayMs = 1_000

/** `nothing`: there was no job in time. `lost`: the server does not know of the pull (any more). */
export type PullResult = Msg | 'nothing' | 'lost'

/**
 * Asks a consumer for one job (the pull protocol of JetStream, ADR-13). The client's own `next` would leave a job that
 * comes while it is given up to its acknowledgement wait; here it is given back at once.
 */
export async function pullJob(client: NatsClient, subject: string, signal: AbortSignal): Promise<PullResult> {
  if (signal.aborted) return 'nothing'
  const one = new Pull(client, subject)
  const leave = () => one.end('nothing')
  const lose = () => one.end('lost')
  client.once('disconnected', lose)
  signal.addEventListener('abort', leave, { once: true })
  const pulled = await one.result
  client.off('disconnected', lose)
  signal.removeEventListener('abort', leave)
  await one.close()
  return pulled
}

class Pull {
  readonly result: Promise<PullResult>
  readonly #client: NatsClient
  readonly #subscription: Subscription
  readonly #silence: NodeJS.Timeout
  #resolve: (pulled: PullResult) => void = () => {}
  #ended = false
  #gotJob = false

  constructor(client: NatsClient, subject: string) {
    this.#client = client
    this.result = new Promise(resolve => {
      this.#resolve = resolve
    })
    const inbox = createInbox()
    this.#silence = setTimeout(() => this.end('lost'), silenceMs)
    this.#subscription = client.connection.subscribe(inbox, {
      callback: (error, message) => (error ? this.end('lost') : this.#hear(message)),
    })
    const request = { batch: 1, expires: nanos(expiresMs), idle_heartbeat: nanos(heartbeatMs) }
    client.connection.publish(subject, JSON.stringify(request), { reply: inbox })
  }

  end(result: PullResult): void {
    this.#ended = true
    clearTimeout(this.#silence)
    this.#resolve(result)
  }

  async close(): Promise<void> {
    if (this.#gotJob || !this.#client.isConnected) this.#subscription.unsubscribe()
    // until the server has confirmed the end, it may have sent a job
    else await settleWithin(onTheWayMs, this.#subscription.drain())
  }

  #hear(message: Msg): void {
    if (isJob(message) && this.#ended) message.respond('-NAK')
    else if (isJob(message)) {
      this.#gotJob = true
      this.end(message)
    } else if (isHeartbeatMsg(message)) this.#silence.refresh()
    else this.end(isExpiry(message) ? 'nothing' : 'lost')
  }
}

/** What is not a job tells of the pull itself. */
function isJob(message: Msg): boolean {
  return message.reply?.startsWith('$JS.ACK.') ?? false
}

function isExpiry({ headers }: Msg): boolean {
  return headers?.code === 404 || headers?.code === 408
}
