import { createAccounts, type NewAccount } from './auth/accounts.ts'
import { accountsOf } from './compose/accounts.ts'
import type { Base } from './compose/base.ts'
import { deliveryOf, doorOf } from './compose/doors.ts'
import { layGround } from './compose/ground.ts'
import { jobsOf } from './compose/jobs.ts'
import { makingOf } from './compose/making.ts'
import type { Config } from './config.ts'
import type { HttpParts } from './http/parts.ts'
import { prepareStagingDirectory } from './ingest/upload-staging.ts'
import { SigningKeyRepository } from './metadata/signing-keys.ts'
import { UserRepository } from './metadata/users.ts'

/** The rooms of one process, put together, from the ground up. */
export async function compose(base: Base) {
  const { config, database, store, queue, stagingDirectory, secrets } = base
  const ground = await layGround(base)
  const { users, signingKeys, engine, failedJobs, usage, usageRows, quotas, webhookDeliveries } = ground
  const making = await makingOf(base, ground)
  const { imageDeleter, purger, userDeletion, derivativeWriter } = making
  const jobs = jobsOf(base, ground, making)
  const publicUrl = publicUrlOf(config)
  const { accounts, sweep: sweepAccounts, ...admission } = accountsOf(base, ground)
  /** Makes a user and his first signing key: both or neither. See `Accounts.create` for its errors. */
  const register = (account: NewAccount) =>
    database.transaction(async one => {
      const user = await createAccounts(new UserRepository(one)).create(account)
      return {
        user,
        key: await new SigningKeyRepository(one, secrets.masterKey, secrets.newMasterKey).create(user.id),
      }
    })
  const http: HttpParts = {
    ...doorOf(base, ground, making, publicUrl),
    ...deliveryOf(base, ground, making, jobs),
    ...admission,
    register,
    signingKeys,
    publicUrl,
  }
  const sweep = async (signal: AbortSignal) => {
    await prepareStagingDirectory(stagingDirectory)
    await imageDeleter.sweep(signal)
    await purger.sweep(signal)
    await userDeletion.sweep()
    await failedJobs.sweep()
    await usageRows.sweep()
    await quotas.sweep()
    await webhookDeliveries.sweep()
    await sweepAccounts()
    await http.directUploads.sweep(signal)
  }
  const { work, catchUp } = jobs
  const parts = { http, work, sweep, catchUp, database, store, queue, users, accounts, register, signingKeys }
  return { ...parts, engine, derivativeWriter, usage, publicUrl }
}

const hostInUrl = (host: string) => (host.includes(':') ? `[${host}]` : host)

/** The configured base of public URLs, without a slash at its end. */
function publicUrlOf(config: Config): string {
  return (config.DARKROOM_PUBLIC_URL ?? `http://${hostInUrl(config.HOST)}:${config.PORT}`).replace(/\/+$/, '')
}
