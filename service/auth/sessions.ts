import { timingSafeEqual } from 'node:crypto'
import { DarkroomError } from '../errors/catalogue.ts'
import type { SessionOwner, SessionRepository, SessionState } from '../metadata/sessions.ts'
import type { User, UserRepository } from '../metadata/users.ts'
import type { Accounts } from './accounts.ts'
import type { AuditLog } from './audit-log.ts'
import type { CachedLookup } from './cached-lookup.ts'
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
  readonly rows: SessionRepository
  readonly users: Pick<UserRepository, 'findById'>
  readonly accounts: Pick<Accounts, 'authenticate'>
  readonly throttle: LoginThrottle
  readonly audit: AuditLog
  /** For whom sessions speak, as requests see it. */
  readonly owners: CachedLookup<SessionOwner>
  /** Makes successors of refresh tokens; the same in all processes. */
  readonly key: Buffer
}

export type Sessions = ReturnType<typeof createSessions>

/** Logging in, going on and logging out. A session that is over is felt by its access tokens, too. */
export function createSessions({ rows, users, accounts, throttle, audit, owners, key }: SessionParts) {
  const end = async (id: string) => {
    await rows.end(id)
    owners.invalidate(id)
  }

  /** The session of a token that is not the current one: of one replaced a moment ago it is the same, else it ends. */
  const replaced = async (token: RefreshToken, address: string): Promise<SessionState> => {
    const state = await rows.find(sha256(token.series))
    if (state === undefined) throw over()
    if (isReplacedNow(state, token, key)) return state
    // an old token in use means that two have it, and one of them is no friend
    await end(state.id)
    await audit.record({ userId: state.userId, keyId: null, address }, 'session.reuse', state.id)
    throw over()
  }

  return {
    /** Begins a session. @throws DarkroomError `unauthorized`, `too-many-requests` or `overloaded` */
    async open(email: string, password: string, client: ClientInfo): Promise<OpenSession> {
      const { address } = client
      const user = await throttle
        .guard(email, client, () => accounts.authenticate(email, password))
        .catch(async error => {
          if (error instanceof DarkroomError && error.code === 'unauthorized')
            await audit.record({ userId: null, keyId: null, address }, 'login.failed', email)
          throw error
        })
      const token = createRefreshToken()
      const id = await rows.create(user, sha256(token.series), sha256(token.secret))
      if (id === undefined) throw over()
      await audit.record({ userId: user.id, keyId: null, address }, 'login', id)
      return { id, user, refreshToken: formatRefreshToken(token) }
    },

    /**
     * Goes on with a session: its token is replaced. @throws DarkroomError `unauthorized` for a token that is of no
     * session or was used before, which ends the session
     */
    async refresh(text: string, { address }: Pick<ClientInfo, 'address'>): Promise<OpenSession> {
      const token = parseRefreshToken(text)
      if (token === undefined) throw over()
      const next = nextRefreshToken(token, key)
      const rotated = await rows.rotate(sha256(token.series), sha256(token.secret), sha256(next.secret))
      const { id, userId } = rotated ?? (await replaced(token, address))
      const user = await users.findById(userId)
      if (user === undefined) throw over()
      return { id, user, refreshToken: formatRefreshToken(next) }
    },

    /** Ends the session of a refresh token, whether that is its newest one or not; undefined when it has none. */
    async endByRefreshToken(text: string): Promise<SessionState | undefined> {
      const token = parseRefreshToken(text)
      const state = token && (await rows.find(sha256(token.series)))
      if (state) await end(state.id)
      return state
    },

    end,

    /** Ends every session of a user, but for one where it is named. */
    async endAll(userId: string, but?: string): Promise<void> {
      await rows.endAll(userId, but)
    },
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

const over = () => new DarkroomError('unauthorized', 'the session is over: log in again')
