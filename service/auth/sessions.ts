import { timingSafeEqual } from 'node:crypto'
import { DarkroomError } from '../errors/catalogue.ts'
import type { SessionOwner, SessionRows, SessionState } from '../metadata/sessions.ts'
import type { User, Users } from '../metadata/users.ts'
import type { Accounts } from './accounts.ts'
import type { Audit } from './audit.ts'
import {
  newRefreshToken,
  parseRefreshToken,
  printRefreshToken,
  type RefreshToken,
  sha256,
  successorOf,
} from './refresh-token.ts'
import type { Remembered } from './remembered.ts'
import type { Throttle } from './throttle.ts'
import type { Visitor } from './visitor.ts'

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
  readonly rows: SessionRows
  readonly users: Pick<Users, 'findById'>
  readonly accounts: Pick<Accounts, 'login'>
  readonly throttle: Throttle
  readonly audit: Audit
  /** For whom sessions speak, as requests see it. */
  readonly owners: Remembered<SessionOwner>
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
    await audit.note({ userId: state.userId, keyId: null, address }, 'session.reuse', state.id)
    throw over()
  }

  return {
    /** Begins a session. @throws DarkroomError `unauthorized`, `too-many-requests` or `overloaded` */
    async open(email: string, password: string, visitor: Visitor): Promise<OpenSession> {
      const { address } = visitor
      const user = await throttle
        .guard(email, visitor, () => accounts.login(email, password))
        .catch(async error => {
          if (error instanceof DarkroomError && error.code === 'unauthorized')
            await audit.note({ userId: null, keyId: null, address }, 'login.failed', email)
          throw error
        })
      const token = newRefreshToken()
      const id = await rows.create(user, sha256(token.series), sha256(token.secret))
      if (id === undefined) throw over()
      await audit.note({ userId: user.id, keyId: null, address }, 'login', id)
      return { id, user, refreshToken: printRefreshToken(token) }
    },

    /**
     * Goes on with a session: its token is replaced. @throws DarkroomError `unauthorized` for a token that is of no
     * session or was used before, which ends the session
     */
    async refresh(text: string, { address }: Pick<Visitor, 'address'>): Promise<OpenSession> {
      const token = parseRefreshToken(text)
      if (token === undefined) throw over()
      const next = successorOf(token, key)
      const rotated = await rows.rotate(sha256(token.series), sha256(token.secret), sha256(next.secret))
      const { id, userId } = rotated ?? (await replaced(token, address))
      const user = await users.findById(userId)
      if (user === undefined) throw over()
      return { id, user, refreshToken: printRefreshToken(next) }
    },

    /** Ends the session of a refresh token, whether that is its newest one or not; undefined when it has none. */
    async endBy(text: string): Promise<SessionState | undefined> {
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
    timingSafeEqual(tokenHash, sha256(successorOf(token, key).secret))
  )
}

const over = () => new DarkroomError('unauthorized', 'the session is over: log in again')
