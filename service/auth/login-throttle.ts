import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { backoffMs } from '../concurrency/backoff.ts'
import { KeyedCounter } from '../concurrency/keyed-counter.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { LoginAttemptRepository, LoginFailures } from '../metadata/login-attempts.ts'
import { type ClientInfo, networkOf } from './client-info.ts'

/** Wrong passwords for an account from one place that cost nothing; each further one doubles the pause, from a second on. */
const freeFailures = 5
const pause = { firstMs: 1_000, maxMs: 300_000 }
/** Wrong passwords from one place, whatever the accounts, in a quarter of an hour: many people may share an address. */
const maxOfAddress = 300
/** Wrong passwords for one account, wherever from, before strangers have to wait for their try. */
const freeOfAccount = 20
const longestDelayMs = 5_000
/** Of one place at once, so that it takes not all turns of `passwords.ts`. */
const maxRunning = 20
/** How many may wait for their try at once. */
const maxDelayed = 64

type Attempts = Pick<LoginAttemptRepository, 'countFailures' | 'recordFailure' | 'recordSuccess'>

/**
 * Makes guessing passwords slow, and can lock nobody out but whoever guesses: an account and a place together are refused
 * for a while; an account that is guessed at from many places costs strangers a delay, and nothing where its user
 * has logged in before. What is unknown counts like what is known, so nothing can be learned from it.
 */
export class LoginThrottle {
  readonly #attempts: Attempts
  readonly #running = new KeyedCounter()
  readonly #delayed = new KeyedCounter()

  constructor(attempts: Attempts) {
    this.#attempts = attempts
  }

  /**
   * Does what tries a password for this e-mail address, which is wrong when it throws `unauthorized`. Throws
   * `too-many-requests` instead of trying.
   */
  async guard<T>(email: string, { address, signal }: ClientInfo, work: () => Promise<T>): Promise<T> {
    const account = createHash('sha256').update(email.trim().toLowerCase()).digest()
    const network = networkOf(address)
    if (this.#running.count(network) >= maxRunning)
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
    if (isKnownAddress || accountFailures < freeOfAccount) return
    if (this.#delayed.total >= maxDelayed) throw tooMany('this account is guessed at: too many wait', 5_000)
    const delayMs = Math.min(longestDelayMs, (1 + accountFailures - freeOfAccount) * 100)
    await this.#delayed.track('all', () => setTimeout(delayMs, undefined, { signal }))
  }
}

/** `tries` of this account are under way from this place. @throws DarkroomError `too-many-requests` */
function refuse(
  { pairFailures, msSinceFailure, isKnownAddress, addressFailures }: LoginFailures,
  tries: number,
): void {
  const pauseMs = backoffMs(pairFailures - freeFailures + 1, pause)
  if (pairFailures >= freeFailures && msSinceFailure < pauseMs)
    throw tooMany('too many wrong passwords for this account', pauseMs - msSinceFailure)
  // those that are under way may all be wrong: whoever is suspect gets one try at a time
  if (pairFailures >= freeFailures && tries > 1)
    throw tooMany('another login to this account is under way', 1_000)
  if (!isKnownAddress && addressFailures >= maxOfAddress)
    throw tooMany('too many wrong passwords from this address', 60_000)
}

const tooMany = (detail: string, retryAfterMs: number) =>
  new DarkroomError('too-many-requests', detail, { retryAfterMs })

const isWrongPassword = (error: unknown) => error instanceof DarkroomError && error.code === 'unauthorized'
