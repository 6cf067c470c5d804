import { createInbox, isHeartbeatMsg, type Msg, nanos, type Subscription } from 'nats'
import { atMost, type Link } from './link.ts'

/** How long a pull waits at the server, and how often the server says that it still does; in milliseconds. */
const expiresMs = 30_000
const heartbeatMs = 2_000
/** How long the server may be silent before the pull counts as lost. */
const silenceMs = 2 * heartbeatMs + 1_000
/** How long the last message of an ended pull may be on its way. */
const onTheWayMs = 1_000

/** `nothing`: there was no job in time. `lost`: the server does not know of the pull (any more). */
export type Pulled = Msg | 'nothing' | 'lost'

/**
 * Asks a consumer for one job (the pull protocol of JetStream, ADR-13). The client's own `next` would leave a job that
 * comes while it is given up to its acknowledgement wait; here it is given back at once.
 */
export async function pull(link: Link, subject: string, signal: AbortSignal): Promise<Pulled> {
  if (signal.aborted) return 'nothing'
  const one = new Pull(link, subject)
  const leave = () => one.end('nothing')
  const lose = () => one.end('lost')
  link.once('away', lose)
  signal.addEventListener('abort', leave, { once: true })
  const pulled = await one.result
  link.off('away', lose)
  signal.removeEventListener('abort', leave)
  await one.close()
  return pulled
}

class Pull {
  readonly result: Promise<Pulled>
  readonly #link: Link
  readonly #subscription: Subscription
  readonly #silence: NodeJS.Timeout
  #resolve: (pulled: Pulled) => void = () => {}
  #ended = false
  #gotJob = false

  constructor(link: Link, subject: string) {
    this.#link = link
    this.result = new Promise(resolve => {
      this.#resolve = resolve
    })
    const inbox = createInbox()
    this.#silence = setTimeout(() => this.end('lost'), silenceMs)
    this.#subscription = link.connection.subscribe(inbox, {
      callback: (error, message) => (error ? this.end('lost') : this.#hear(message)),
    })
    const request = { batch: 1, expires: nanos(expiresMs), idle_heartbeat: nanos(heartbeatMs) }
    link.connection.publish(subject, JSON.stringify(request), { reply: inbox })
  }

  end(result: Pulled): void {
    this.#ended = true
    clearTimeout(this.#silence)
    this.#resolve(result)
  }

  async close(): Promise<void> {
    if (this.#gotJob || !this.#link.isUp) this.#subscription.unsubscribe()
    // until the server has confirmed the end, it may have sent a job
    else await atMost(onTheWayMs, this.#subscription.drain())
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
