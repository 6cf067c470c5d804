import { onlyRow, type Queryable } from './database.ts'
import { deleteBatch } from './delete-batch.ts'

/** Recent failed logins. */
export interface LoginFailures {
  /** Failures of this account from this address; a pause of 15 minutes resets the count. */
  pairFailures: number
  /** Time since the last of these failures, in milliseconds by the database's clock. */
  msSinceFailure: number
  /** Whether a login to this account from this address has succeeded before. */
  isKnownAddress: boolean
  /** Failures of all accounts from this address. */
  addressFailures: number
  /** Failures of this account from all addresses. */
  accountFailures: number
}

/** After this time without a failure, earlier failures no longer count. */
const windowMinutes = 15
/** How long an address stays known to an account after a login. */
const knownDays = 90

const recent = `failed_at > now() - interval '${windowMinutes} minutes'`

/**
 * Failed logins, counted across all processes. `account` is the hash of the e-mail address that was
 * entered, and `address` is the client's network.
 */
export class LoginAttemptRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  async countFailures(account: Buffer, address: string): Promise<LoginFailures> {
    return onlyRow(
      await this.#db.query<LoginFailures>(
        `select coalesce(max(failures) filter (where pair and ${recent}), 0) as "pairFailures",
           coalesce(max(extract(epoch from now() - failed_at) * 1000) filter (where pair), 0)::float8 as "msSinceFailure",
           coalesce(bool_or(succeeded_at > now() - interval '${knownDays} days') filter (where pair), false) as "isKnownAddress",
           coalesce(sum(failures) filter (where address = $2 and ${recent}), 0) as "addressFailures",
           coalesce(sum(failures) filter (where account = $1 and ${recent}), 0) as "accountFailures"
         from (
           select *, account = $1 and address = $2 as pair from login_attempts where account = $1
           union
           select *, account = $1 and address = $2 from login_attempts where address = $2 and ${recent}
         ) as attempts`,
        [account, address],
      ),
    )
  }

  async recordFailure(account: Buffer, address: string): Promise<void> {
    await this.#db.query(
      `insert into login_attempts as a (account, address, failures, failed_at) values ($1, $2, 1, now())
       on conflict (account, address) do update set
         failures = case when a.${recent} then a.failures + 1 else 1 end, failed_at = now()`,
      [account, address],
    )
  }

  async recordSuccess(account: Buffer, address: string): Promise<void> {
    await this.#db.query(
      `insert into login_attempts (account, address, failures, succeeded_at) values ($1, $2, 0, now())
       on conflict (account, address) do update set failures = 0, failed_at = null, succeeded_at = now()`,
      [account, address],
    )
  }

  /** Deletes at most `most` rows that no longer count, and returns their number. */
  sweep(most: number): Promise<number> {
    const isOver = `greatest(failed_at, succeeded_at) < now() - interval '${windowMinutes} minutes'
      and coalesce(succeeded_at < now() - interval '${knownDays} days', true)`
    return deleteBatch(this.#db, 'login_attempts', isOver, most)
  }
}
