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
  sha256,
} from './refresh-token.ts'

/**
 * How long a token that was replaced is still answered with its successor, in milliseconds: two tabs may refresh at once,
 * and an answer may be lost.
 */
const graceMs = 10_000

/** A session as its user goes on with it. */
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
  /** For whom sessions speak, as requests see it. */
  readonly owners: Pick<RevalidatingCache<SessionOwner>, 'invalidate'>
  /** Makes successors of refresh tokens; the same in all processes. */
  readonly key: Buffer
}

/** Logging in, going on and logging out. A session that is over is felt by its access tokens, too. */
export class Sessions {
  readonly #parts: SessionParts

  constructor(parts: SessionParts) {
    this.#parts = parts
  }

  /** Begins a session. @throws DarkroomError `unauthorized`, `too-many-requests` or `overloaded` */
  async open(email: string, password: string, client: ClientInfo): Promise<OpenSession> {
    const { sessions, audit } = this.#parts
    const user = await this.#authenticate(email, password, client)
    const token = createRefreshToken()
    const id = await sessions.create(user, sha256(token.series), sha256(token.secret))
    if (id === undefined) throw sessionOver()
    await audit.record({ userId: user.id, keyId: null, address: client.address }, 'login', id)
    return { id, user, refreshToken: formatRefreshToken(token) }
  }

  /**
   * Goes on with a session: its token is replaced. @throws DarkroomError `unauthorized` for a token that is of no
   * session or was used before, which ends the session
   */
  async refresh(text: string, { address }: Pick<ClientInfo, 'address'>): Promise<OpenSession> {
    const { sessions, users, key } = this.#parts
    const token = parseRefreshToken(text)
    if (token === undefined) throw sessionOver()
    const next = nextRefreshToken(token, key)
    const rotated = await sessions.rotate(sha256(token.series), sha256(token.secret), sha256(next.secret))
    const { id, userId } = rotated ?? (await this.#findReplaced(token, address))
    const user = await users.findById(userId)
    if (user === undefined) throw sessionOver()
    return { id, user, refreshToken: formatRefreshToken(next) }
  }

  /** Ends the session of a refresh token, whether that is its newest one or not; undefined when it has none. */
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

  /** Ends every session of a user, but for one where it is named. */
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

  /** The session of a token that is not the current one: of one replaced a moment ago it is the same, else it ends. */
  async #findReplaced(token: RefreshToken, address: string): Promise<SessionState> {
    const { sessions, audit, key } = this.#parts
    const state = await sessions.find(sha256(token.series))
    if (state === undefined) throw sessionOver()
    if (isReplacedNow(state, token, key)) return state
    // an old token in use means that two have it, and one of them is no friend
    await this.end(state.id)
    await audit.record({ userId: state.userId, keyId: null, address }, 'session.reuse', state.id)
    throw sessionOver()
  }
}

function isReplacedNow(state: SessionState, token: RefreshToken, key: Buffer): boolean {
  const { tokenHash, previousHash, rotatedMsAgo } = state
  return (
    previousHash !== null &&
    rotatedMsAgo <= graceMs &&
    timingSafeEqual(previousHash, sha256(token.secret)) &&
    // processes with different keys cannot tell each other's successors
    timingSafeEqual(tokenHash, sha256(nextRefreshToken(token, key).secret))
  )
}

const sessionOver = () => new DarkroomError('unauthorized', 'the session is over: log in again')
