import { setTimeout } from 'node:timers/promises'
import type { System } from '../system.ts'
import type { Account } from './account.ts'
import { type AnswerCheck, sha256Of } from './answer-check.ts'
import { firstUpload, type Images, type Target, uncached } from './images.ts'
import type { Ledger } from './ledger.ts'
import { drawNumber, maxNumber } from './numbered-picture.ts'
import type { Client, Reply } from './request.ts'
import type { RequestLog } from './request-log.ts'

/** What requests need. */
export interface Load {
  readonly system: System
  readonly account: Account
  readonly client: Client
  readonly images: Images
  readonly ledger: Ledger
  readonly log: RequestLog
  readonly answers: AnswerCheck
}

/** A kind of request, sent at a steady rate whatever becomes of earlier ones. */
export interface Kind {
  readonly perSecond: number
  /** Sends one and checks its answer. @param count how many were sent before @param signal ends repetitions */
  send(load: Load, count: number, signal: AbortSignal): Promise<unknown>
}

/** How old an image is when it is deleted, in milliseconds. */
const deletionAgeMs = 20_000
/** How long a patient client waits until it asks again, in milliseconds, and how often it does. */
const patienceMs = 500
const mostTries = 120

/** Every kind of request by its name in the log. */
export const kinds: Readonly<Record<string, Kind>> = {
  'memory hit': {
    perSecond: 40,
    send: (load, count) => fetchTarget(load, 'memory hit', inTurn(load.images.hot, count), uncached, true),
  },
  'cached by nginx': {
    perSecond: 20,
    send: (load, count) => fetchTarget(load, 'cached by nginx', inTurn(load.images.cached, count), {}),
  },
  'store hit': {
    perSecond: 25,
    async send(load, count, signal) {
      const target = inTurn(load.images.stored, count * 7)
      // a patient client: the others show how many are refused, this one for how long
      for (let tries = count % 10 === 0 ? mostTries : 1; tries > 0 && !signal.aborted; tries--) {
        if (await fetchTarget(load, 'store hit', target, uncached)) return
        await setTimeout(patienceMs)
      }
    },
  },
  cold: {
    perSecond: 5,
    send: async load => fetchTarget(load, 'cold', await load.images.nextCold(), {}),
  },
  heavy: {
    perSecond: 1,
    send: async load => fetchTarget(load, 'heavy', await load.images.nextHeavy(), {}),
  },
  upload: { perSecond: 1.5, send: upload },
  list: {
    perSecond: 1,
    async send(load) {
      await callApi(load, 'list', 'GET', 'images?limit=20', [200])
    },
  },
  purge: { perSecond: 0.5, send: purge },
  delete: { perSecond: 1, send: deleteOldest },
}

/** The kinds whose answers are in memory or in the store. */
export const hits = ['memory hit', 'store hit']

function inTurn(targets: readonly Target[], count: number): Target {
  const target = targets[count % targets.length]
  if (target === undefined) throw new Error('there are no targets')
  return target
}

async function fetchTarget(
  { client, log, answers }: Load,
  kind: string,
  { path, expected }: Target,
  headers: Readonly<Record<string, string>>,
  isNewConnection = false,
): Promise<boolean> {
  const end = log.begin(kind, path)
  const reply = await client.send(path, { headers, isNewConnection })
  end(reply, reply.status === 200)
  await answers.check(path, reply, expected)
  return reply.status === 200
}

async function callApi(
  { client, account, log }: Load,
  kind: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  good: readonly number[],
): Promise<Reply> {
  const end = log.begin(kind)
  const reply = await account.call(client, method, path)
  end(reply, good.includes(reply.status))
  return reply
}

/** Uploads a picture with a number of its own, and asks for a derivative of it. */
async function upload(load: Load, count: number): Promise<void> {
  const { account, client, ledger, log, answers } = load
  const number = firstUpload + ((count * 7) % (maxNumber - firstUpload))
  // every fifth is large enough for a copy in a smaller size, which a job makes
  const [format, size] =
    count % 5 === 0
      ? (['png', { width: 1400, height: 1050 }] as const)
      : (['jpeg', { width: 480, height: 360 }] as const)
  const file = await drawNumber(number, size, format)
  const end = log.begin('upload')
  const reply = await account.upload(client, file)
  end(reply, reply.status === 201)
  if (reply.status !== 201) return
  const { id, sha256 } = JSON.parse(reply.body.toString())
  if (sha256 !== sha256Of(file)) answers.mistakes.push(`${id}: the upload was answered with another hash`)
  const uploadedAt = performance.now()
  const extension = format === 'jpeg' ? 'jpg' : 'png'
  ledger.add({ id, sha256: sha256Of(file), number, extension, at: uploadedAt })
  const expected = { number, width: 200, height: 150 }
  const target = { path: await account.signResized(id, 200, 'webp'), expected }
  // on a slow machine, it may have been deleted before
  if (performance.now() - uploadedAt < deletionAgeMs / 2) await fetchTarget(load, 'fresh', target, {})
}

/** Purges the derivatives of an upload. It must exist, unless it is being deleted. */
async function purge(load: Load): Promise<void> {
  const { account, client, ledger, log } = load
  const target = ledger.pick()
  if (target === undefined) return
  const end = log.begin('purge')
  const reply = await account.call(client, 'POST', `images/${target.id}/purge`)
  const isGone = reply.status === 404 && !ledger.kept.has(target.id)
  end(reply, reply.status === 200 || isGone)
}

/** Deletes an upload, every second one permanently. It must exist, because its upload was acknowledged. */
async function deleteOldest(load: Load, count: number): Promise<void> {
  const { ledger } = load
  const target = ledger.takeOldest(deletionAgeMs)
  if (target === undefined) return
  const path = `images/${target.id}${count % 2 === 0 ? '?purge=true' : ''}`
  const { status } = await callApi(load, 'delete', 'DELETE', path, [204])
  if (status === 204) ledger.deleted.set(target.id, target)
  if (status === 404) ledger.losses.push(`${target.id}: the upload was acknowledged, and is unknown`)
}
