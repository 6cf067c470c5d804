import type { Test } from 'tap'
import { type Answer, type Attacker, noAnswer } from './attacker.ts'
import { attacks } from './attacks.ts'
import { Random } from './random.ts'
import { drawSeeds } from './seeds.ts'
import { Tally } from './tally.ts'
import { startVictim, type Victim } from './victim.ts'

/** Requests that are under way at the same time. */
const atOnce = 3
/** The most that the process of the service may take, in bytes. */
const maxBytes = 1_500_000_000
/** How long another user's request may be held up, in milliseconds. */
const maxDelayMs = 100

/** Problems with a status of 500 or above that a client may cause: a full queue, and a source that does not answer. */
const explained = new Set(['overloaded', 'deadline'])

/** The requests of a moment, to find the one that held up others. */
interface Sent {
  readonly name: string
  readonly seed: number
  readonly from: number
  readonly to: number
}

/** Attacks a service until the deadline. @returns the report */
export async function attackService(t: Test, firstSeed: number, seconds: number): Promise<Tally> {
  const victim = await startVictim(t)
  const tally = new Tally()
  const sent: Sent[] = []
  const deadline = Date.now() + seconds * 1000
  let seed = firstSeed
  const seeds = await drawSeeds()
  const attacker: Attacker = { session: victim.session, key: victim.key, seeds, images: [] }
  const work = async () => {
    while (Date.now() < deadline) sent.push(await attack(attacker, seed++, tally))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  await judge(victim, tally, sent)
  return tally
}

/** Files more often than the rest: they are the largest surface. */
const names = [...Object.keys(attacks), 'upload', 'upload', 'upload', 'json', 'query', 'signed url']

async function attack(attacker: Attacker, seed: number, tally: Tally): Promise<Sent> {
  const random = new Random(seed)
  const name = random.pick(names)
  const from = Date.now()
  const answers = await attacks[name]?.(attacker, random).catch(error => [{ status: 0, code: String(error) }])
  for (const answer of answers ?? []) count(name, answer, Date.now() - from, seed, tally)
  return { name, seed, from, to: Date.now() }
}

function count(name: string, { status, code }: Answer, ms: number, seed: number, tally: Tally): void {
  const isRefused = status === 0 || status >= 400
  tally.count(`${name}, sent`, ms, isRefused ? (status === 0 ? 'cut' : `${status} ${code}`) : undefined)
  if (code === noAnswer) tally.report(name, noAnswer, seed)
  if (status >= 500 && !explained.has(code) && !(code === 'raw' && status === 505))
    tally.report(name, `${status} ${code}`, seed)
}

async function judge(victim: Victim, tally: Tally, sent: readonly Sent[]): Promise<void> {
  const { neighbor, slow, peakBytes, peakTreeBytes, errors, isAlive } = await victim.finish()
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
  tally.note(
    `another user: ${neighbor.requests} requests, ${neighbor.failures} failed, slowest ${neighbor.slowestMs.toFixed()} ms, without waiting for a core ${neighbor.slowestOwnMs.toFixed()} ms, most work before an answer ${neighbor.slowestWorkMs.toFixed()} ms`,
  )
  tally.note(`memory: ${megabytes(peakBytes)} at most, ${megabytes(peakTreeBytes)} with child processes`)
  for (const line of errors.slice(0, 20)) tally.note(`logged: ${line.slice(0, 600)}`)
  for (const { at, ms, workMs, ownMs } of slow) {
    const during = sent
      .filter(({ from, to }) => to >= at && from <= at + ms)
      .map(one => `${one.name} ${one.seed}`)
    const line = `${ms.toFixed()} ms, ${workMs.toFixed()} ms of work, ${ownMs.toFixed()} ms without waiting for a core, during ${during.join(', ')}`
    if (Math.min(workMs, ownMs) > maxDelayMs) tally.report('another user', line, sent.at(-1)?.seed ?? 0)
    else tally.note(`held up by the machine: ${line}`)
  }
  if (!isAlive) tally.report('service', 'the process has ended', sent.at(-1)?.seed ?? 0)
  if (neighbor.failures > 0) tally.report('another user', `${neighbor.failures} requests failed`, 0)
  if (peakBytes > maxBytes) tally.report('service', `${megabytes(peakBytes)} of memory`, 0)
}
