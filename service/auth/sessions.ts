import { timingSafeEqual } from 'node:crypto'
import type { RevalidatingCache } from '../cache/revalidating-cache.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { SessionOwner, SessionRepository, SessionState } from '../metadata/sessions.ts'
import type { User, UserRepository } from '../metadata/users.ts'
import type { Accounts } from './accounts.ts'
import type { AuditLog } from './audit-log.ts'
import type { ClientInfo } from './client-info.ts'
import type { LoginThrottle } from './login-throttle.ts'
import {
  createRefreshToken,
  formatRefreshToken,
  nextRefreshToken,
  parseRefreshToken,
  type RefreshToken,
} from './refresh-token.ts'
import { sha256 } from './sha256.ts'

/**
 * How long a replaced token is still accepted and answered with its successor, in milliseconds: two tabs may
 * refresh at the same time, and a response may get lost.
 */
const graceMs = 10_000

/** A session with its current refresh token. */
export interface OpenSession {
  readonly id: string
  readonly refreshToken: string
  readonly user: User
}

export interface SessionParts {
  readonly sessions: SessionRepository
  readonly users: Pick<UserRepository, 'findById'>
  readonly accounts: Pick<Accounts, 'authenticate'>
  readonly throttle: LoginThrottle
  readonly audit: AuditLog
  /** The owners of sessions, cached for requests. */
  readonly owners: Pick<RevalidatingCache<SessionOwner>, 'invalidate'>
  /** The key that derives successors of refresh tokens; the same in all processes. */
  readonly key: Buffer
}

/** Login, refresh and logout. Ending a session also invalidates its access tokens. */
export class Sessions {
  readonly #parts: SessionParts

  constructor(parts: SessionParts) {
    this.#parts = parts
  }

  /**
   * Opens a session.
   * @throws DarkroomError `unauthorized`, `too-many-requests` or `overloaded`
   */
  async open(email: string, password: string, client: ClientInfo): Promise<OpenSession> {
    const { sessions, audit } = this.#parts
    const user = await this.#authenticate(email, password, client)
    const token = createRefreshToken()
    const id = await sessions.create(user, sha256(token.series), sha256(token.secret))
    if (id === undefined) throw sessionEnded()
    await audit.record({ userId: user.id, keyId: null, address: client.address }, 'login', id)
    return { id, user, refreshToken: formatRefreshToken(token) }
  }

  /**
   * Continues a session and replaces its token.
   * @throws DarkroomError `unauthorized` for an unknown token, and for one that was used before, which ends
   * the session
   */
  async refresh(text: string, { address }: Pick<ClientInfo, 'address'>): Promise<OpenSession> {
    const { sessions, users, key } = this.#parts
    const token = parseRefreshToken(text)
    if (token === undefined) throw sessionEnded()
    const next = nextRefreshToken(token, key)
    const rotated = await sessions.rotate(sha256(token.series), sha256(token.secret), sha256(next.secret))
    const { id, userId } = rotated ?? (await this.#findReplaced(token, address))
    const user = await users.findById(userId)
    if (user === undefined) throw sessionEnded()
    return { id, user, refreshToken: formatRefreshToken(next) }
  }

  /** Ends the session of a refresh token, the current one or an earlier one; undefined when there is none. */
  async endByRefreshToken(text: string): Promise<SessionState | undefined> {
    const token = parseRefreshToken(text)
    const state = token && (await this.#parts.sessions.find(sha256(token.series)))
    if (state) await this.end(state.id)
    return state
  }

  async end(id: string): Promise<void> {
    await this.#parts.sessions.end(id)
    this.#parts.owners.invalidate(id)
  }

  /** Ends all sessions of a user, except `but` if given. */
  async endAll(userId: string, but?: string): Promise<void> {
    await this.#parts.sessions.endAll(userId, but)
  }

  async #authenticate(email: string, password: string, client: ClientInfo): Promise<User> {
    const { accounts, throttle, audit } = this.#parts
    try {
      return await throttle.guard(email, client, () => accounts.authenticate(email, password))
    } catch (error) {
      if (error instanceof DarkroomError && error.code === 'unauthorized')
        await audit.record({ userId: null, keyId: null, address: client.address }, 'login.failed', email)
      throw error
    }
  }

  /**
   * The session of a token that is not the current one. A token that was replaced within the grace period is
   * accepted; any other ends the session.
   */
  async #findReplaced(token: RefreshToken, address: string): Promise<SessionState> {
    const { sessions, audit, key } = this.#parts
    const state = await sessions.find(sha256(token.series))
    if (state === undefined) throw sessionEnded()
    if (isReplacedNow(state, token, key)) return state
    // a reused token means that two parties have it, and one of them stole it
    await this.end(state.id)
    await audit.record({ userId: state.userId, keyId: null, address }, 'session.reuse', state.id)
    throw sessionEnded()
  }
}

function isReplacedNow(state: SessionState, token: RefreshToken, key: Buffer): boolean {
  const { tokenHash, previousHash, rotatedMsAgo } = state
  return (
    previousHash !== null &&
    rotatedMsAgo <= graceMs &&
    timingSafeEqual(previousHash, sha256(token.secret)) &&
    // processes with different keys derive different successors
    timingSafeEqual(tokenHash, sha256(nextRefreshToken(token, key).secret))
  )
}

const sessionEnded = () => new DarkroomError('unauthorized', 'the session has ended, log in again')
