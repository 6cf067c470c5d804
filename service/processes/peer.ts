import { DarkroomError, type ErrorCode, messageOf } from '../errors/catalogue.ts'

/** What one side can be asked for, by name. */
// biome-ignore lint/suspicious/noExplicitAny: parameters of any types; each call is checked against its own function
export type Methods = Readonly<Record<string, (...params: any[]) => unknown>>

type Answer<Method extends Methods[string]> = Awaited<ReturnType<Method>>

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly params: unknown[] }
  | { readonly kind: 'notice'; readonly name: string; readonly params: unknown[] }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: Failure }

interface Failure {
  readonly detail: string
  /** Set for a `DarkroomError`. */
  readonly code?: ErrorCode
  readonly retryAfterMs?: number
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/**
 * One end of a channel between the supervisor and a process: calls with answers, and notices without. Messages arrive in
 * the order in which they were sent.
 */
export class Peer<Remote extends Methods> {
  readonly #send: (message: Message) => void
  #methods: Methods
  readonly #pending = new Map<number, Pending>()
  #calls = 0
  #closed = false

  constructor(send: (message: Message) => void, methods: Methods) {
    this.#send = send
    this.#methods = methods
  }

  /** Lets the other side ask for more. */
  add(methods: Methods): void {
    this.#methods = { ...this.#methods, ...methods }
  }

  /** @throws what the other side threw, and DarkroomError `unavailable` when the channel is or gets closed */
  call<Name extends keyof Remote & string>(
    name: Name,
    ...params: Parameters<Remote[Name]>
  ): Promise<Answer<Remote[Name]>> {
    if (this.#closed) return Promise.reject(closedError())
    const id = ++this.#calls
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: value => resolve(value as Answer<Remote[Name]>), reject })
      this.#send({ kind: 'call', id, name, params })
    })
  }

  /** Without effect when the channel is closed. */
  notify<Name extends keyof Remote & string>(name: Name, ...params: Parameters<Remote[Name]>): void {
    if (!this.#closed) this.#send({ kind: 'notice', name, params })
  }

  /** Takes a message of the other side. */
  receive(message: Message): void {
    if (message.kind === 'call') void this.#answer(message)
    else if (message.kind === 'notice') void this.#methods[message.name]?.(...message.params)
    else {
      const pending = this.#pending.get(message.id)
      this.#pending.delete(message.id)
      if (message.kind === 'answer') pending?.resolve(message.value)
      else pending?.reject(errorOf(message.error))
    }
  }

  /** Fails all calls that wait, and all later ones. */
  close(): void {
    this.#closed = true
    for (const { reject } of this.#pending.values()) reject(closedError())
    this.#pending.clear()
  }

  async #answer({ id, name, params }: Message & { kind: 'call' }): Promise<void> {
    let reply: Message
    try {
      const method = this.#methods[name]
      if (method === undefined) throw new Error(`${name} is unknown here`)
      reply = { kind: 'answer', id, value: await method(...params) }
    } catch (error) {
      reply = { kind: 'failure', id, error: failureOf(error) }
    }
    if (!this.#closed) this.#send(reply)
  }
}

const closedError = () => new DarkroomError('unavailable', 'the other process has ended')

function failureOf(error: unknown): Failure {
  if (!(error instanceof DarkroomError)) return { detail: messageOf(error) }
  const { code, message: detail, retryAfterMs } = error
  return { detail, code, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

function errorOf({ detail, code, retryAfterMs }: Failure): Error {
  if (code === undefined) return new Error(detail)
  return new DarkroomError(code, detail, retryAfterMs === undefined ? {} : { retryAfterMs })
}
