import type { Derivative } from '../cache/memory-tier.ts'
import type { Claim, Claims } from '../delivery/claims.ts'
import type { Peer } from './peer.ts'
import type { SupervisorMethods } from './protocol.ts'

/** Without a supervisor, each process renders what it is asked for. */
const unshared: { readonly claim: Claim } = { claim: { share() {}, release() {} } }

/** The claims of one process, which are kept by the supervisor. */
export class SiblingClaims implements Claims {
  readonly #peer: Pick<Peer<SupervisorMethods>, 'call' | 'notify'>
  /** What this process has rendered and not stored yet. */
  readonly #rendered = new Map<string, Derivative>()

  constructor(peer: Pick<Peer<SupervisorMethods>, 'call' | 'notify'>) {
    this.#peer = peer
  }

  /** What the supervisor calls for the processes that wait. */
  readonly give = (key: string): Derivative | undefined => this.#rendered.get(key)

  async acquire(
    key: string,
    signal: AbortSignal,
  ): Promise<{ readonly claim: Claim } | { readonly derivative: Derivative }> {
    signal.throwIfAborted()
    const answer = this.#peer.call('claim', key)
    const aborted = new Promise<'aborted'>(resolve =>
      signal.addEventListener('abort', () => resolve('aborted'), { once: true }),
    )
    const result = await Promise.race([answer, aborted]).catch(() => undefined)
    if (result === 'aborted') {
      // a claim that comes too late goes to the next
      answer.then(late => late === 'granted' && this.#release(key)).catch(() => {})
      throw signal.reason
    }
    if (result === undefined) return unshared
    return result === 'granted' ? { claim: this.#claimOf(key) } : { derivative: result }
  }

  #claimOf(key: string): Claim {
    return {
      share: (derivative, stored) => {
        this.#rendered.set(key, derivative)
        this.#peer.notify('rendered', key)
        void stored.finally(() => this.#release(key))
      },
      release: () => this.#release(key),
    }
  }

  #release(key: string): void {
    this.#rendered.delete(key)
    this.#peer.notify('release', key)
  }
}
