import type { Test } from 'tap'
import { administrator } from './administrator.ts'
import { type Bench, build } from './build.ts'
import { freePort } from './free-port.ts'
import { callJson, read } from './session.ts'

/** Starts a service with an administrator who limits its user. */
export async function buildLimited(t: Test, limits: object, overrides = {}) {
  const bench = await build(t, overrides)
  const admin = await administrator(bench)
  const limit = async (limits: unknown, userId = bench.userId) =>
    callJson(admin, 'PATCH', `/api/v1/users/${userId}`, { limits })
  await read(await limit(limits))
  return { bench, admin, limit }
}

/** Starts the same service again with separate memory, like another process. */
export const another = async (t: Test, { environment }: Bench) =>
  build(t, { ...environment, PORT: String(await freePort()) })
