import { createInbox, isHeartbeatMsg, type Msg, nanos, type Subscription } from 'nats'
import { type NatsClient, settleWithin } from './client.ts'

/** How long a pull waits on the server, and the interval of the server's heartbeats, in milliseconds. */
const expiresMs = 30_000
const heartbeatMs = 2_000
/** Without a heartbeat for this long, the pull counts as lost. */
const silenceMs = 2 * heartbeatMs + 1_000
/** How long the last message of a cancelled pull may take to arrive, in milliseconds. */
const lateMessageMs = 1_000

/** `nothing`: no job came in time. `lost`: the server does not know the pull (any more). */
export type PullResult = Msg | 'nothing' | 'lost'

/**
 * Pulls one job from a consumer (the pull protocol of JetStream, ADR-13). The client's own `next` would hold a job that
 * arrives during its cancellation until the acknowledgement timeout; this pull returns it to the server at once.
 */
export async function pullJob(client: NatsClient, subject: string, signal: AbortSignal): Promise<PullResult> {
  if (signal.aborted) return 'nothing'
  const pull = new Pull(client, subject)
  const cancel = () => pull.end('nothing')
  const lose = () => pull.end('lost')
  client.once('disconnected', lose)
  signal.addEventListener('abort', cancel, { once: true })
  const result = await pull.result
  client.off('disconnected', lose)
  signal.removeEventListener('abort', cancel)
  await pull.close()
  return result
}

class Pull {
  readonly result: Promise<PullResult>
  readonly #client: NatsClient
  readonly #subscription: Subscription
  readonly #silence: NodeJS.Timeout
  #resolve: (result: PullResult) => void = () => {}
  #ended = false
  #hasJob = false

  constructor(client: NatsClient, subject: string) {
    this.#client = client
    this.result = new Promise(resolve => {
      this.#resolve = resolve
    })
    const inbox = createInbox()
    this.#silence = setTimeout(() => this.end('lost'), silenceMs)
    this.#subscription = client.connection.subscribe(inbox, {
      callback: (error, message) => (error ? this.end('lost') : this.#receive(message)),
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
    if (this.#hasJob || !this.#client.isConnected) this.#subscription.unsubscribe()
    // until the server confirms the end of the subscription, it may have sent a job
    else await settleWithin(lateMessageMs, this.#subscription.drain())
  }

  #receive(message: Msg): void {
    if (isJob(message) && this.#ended) message.respond('-NAK')
    else if (isJob(message)) {
      this.#hasJob = true
      this.end(message)
    } else if (isHeartbeatMsg(message)) this.#silence.refresh()
    else this.end(isExpiry(message) ? 'nothing' : 'lost')
  }
}

/** Any other message is about the pull itself. */
function isJob(message: Msg): boolean {
  return message.reply?.startsWith('$JS.ACK.') ?? false
}

function isExpiry({ headers }: Msg): boolean {
  return headers?.code === 404 || headers?.code === 408
}
