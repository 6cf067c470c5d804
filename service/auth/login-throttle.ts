import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { backoffMs } from '../concurrency/backoff.ts'
import { KeyedCounter } from '../concurrency/keyed-counter.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { LoginAttemptRepository, LoginFailures } from '../metadata/login-attempts.ts'
import { type ClientInfo, networkOf } from './client-info.ts'

/**
 * Failed logins to an account from one network before pauses begin. Each further failure doubles the pause,
 * starting at a second.
 */
const freeFailures = 5
const pause = { firstMs: 1_000, maxMs: 300_000 }
/** Failed logins from one network to any accounts within 15 minutes: many people may share an address. */
const maxNetworkFailures = 300
/** Failed logins to one account from anywhere before unknown networks are delayed. */
const freeAccountFailures = 20
const maxDelayMs = 5_000
/** Concurrent logins from one network, so that it cannot take all permits of `passwords.ts`. */
const maxConcurrent = 20
/** Concurrent delayed logins. */
const maxDelayed = 64

type Attempts = Pick<LoginAttemptRepository, 'countFailures' | 'recordFailure' | 'recordSuccess'>

/**
 * Slows down password guessing without locking out the account's user. An account is blocked for a while for
 * the network that guesses. When many networks guess an account, logins from unknown networks are delayed; a
 * network from which the user has logged in before is not. Unknown accounts are treated like known ones, so
 * that nothing can be learned from the response.
 */
export class LoginThrottle {
  readonly #attempts: Attempts
  readonly #running = new KeyedCounter()
  readonly #delayed = new KeyedCounter()

  constructor(attempts: Attempts) {
    this.#attempts = attempts
  }

  /**
   * Runs `work`, which tries a password for this e-mail address and throws `unauthorized` when it is wrong.
   * @throws DarkroomError `too-many-requests` without running `work`
   */
  async guard<T>(email: string, { address, signal }: ClientInfo, work: () => Promise<T>): Promise<T> {
    const account = createHash('sha256').update(email.trim().toLowerCase()).digest()
    const network = networkOf(address)
    if (this.#running.count(network) >= maxConcurrent)
      throw tooMany('too many logins at once from this address', 1_000)
    return this.#running.track(network, () => {
      const pair = `${network} ${account.toString('base64')}`
      return this.#running.track(pair, () => this.#try(account, network, pair, signal, work))
    })
  }

  async #try<T>(
    account: Buffer,
    network: string,
    pair: string,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    const failures = await this.#attempts.countFailures(account, network)
    refuse(failures, this.#running.count(pair))
    await this.#delay(failures, signal)
    try {
      const result = await work()
      await this.#attempts.recordSuccess(account, network)
      return result
    } catch (error) {
      if (isWrongPassword(error)) await this.#attempts.recordFailure(account, network)
      throw error
    }
  }

  async #delay({ isKnownAddress, accountFailures }: LoginFailures, signal: AbortSignal): Promise<void> {
    if (isKnownAddress || accountFailures < freeAccountFailures) return
    if (this.#delayed.total >= maxDelayed) throw tooMany('too many logins are waiting, retry later', 5_000)
    const delayMs = Math.min(maxDelayMs, (1 + accountFailures - freeAccountFailures) * 100)
    await this.#delayed.track('all', () => setTimeout(delayMs, undefined, { signal }))
  }
}

/**
 * Rejects an attempt. `attempts` is the number of concurrent attempts on this account from this network.
 * @throws DarkroomError `too-many-requests`
 */
function refuse(
  { pairFailures, msSinceFailure, isKnownAddress, addressFailures }: LoginFailures,
  attempts: number,
): void {
  const pauseMs = backoffMs(pairFailures - freeFailures + 1, pause)
  if (pairFailures >= freeFailures && msSinceFailure < pauseMs)
    throw tooMany('too many wrong passwords for this account', pauseMs - msSinceFailure)
  // all concurrent attempts may fail, so a suspicious client gets one at a time
  if (pairFailures >= freeFailures && attempts > 1)
    throw tooMany('another login to this account is in progress', 1_000)
  if (!isKnownAddress && addressFailures >= maxNetworkFailures)
    throw tooMany('too many wrong passwords from this address', 60_000)
}

const tooMany = (detail: string, retryAfterMs: number) =>
  new DarkroomError('too-many-requests', detail, { retryAfterMs })

const isWrongPassword = (error: unknown) => error instanceof DarkroomError && error.code === 'unauthorized'
