import { mutate } from './mutations.ts'
import type { Random } from './random.ts'
import type { Seeds } from './seeds.ts'
import { codeOf, type Tally } from './tally.ts'
import { type Target, targets } from './targets.ts'

/** The longest that a parser may take for one input, in milliseconds of CPU time. Inputs have at most a few MB. */
const maxMs = 100
/** A file that repeats a part is made this long, and half as long. */
const grownBytes = 2_000_000

/** Inputs of one round. */
const inputs = 200

/** One target reads mutated files. */
export async function readMutated(random: Random, seeds: Seeds, tally: Tally, seed: number): Promise<void> {
  const [name, target] = random.pick(Object.entries(targets))
  const others = Object.values(seeds)
  const own = others.filter((_, index) => Object.keys(seeds)[index]?.split(' ')[0] === target.format)
  for (let left = inputs; left > 0; left--) {
    const original = random.pick(own.length > 0 && !random.once(10) ? own : others)
    await tryTarget(name, target, mutate(original, random, others), tally, seed)
  }
}

/** One target reads files in which a part is repeated many times: the time has to grow like the length. */
export async function readGrown(random: Random, seeds: Seeds, tally: Tally, seed: number): Promise<void> {
  const [name, target] = random.pick(Object.entries(targets))
  const all = Object.entries(seeds)
  const own = all.filter(([kind]) => kind.split(' ')[0] === target.format)
  const [, original] = random.pick(own.length > 0 ? own : all)
  const at = random.below(Math.min(original.length, 400))
  const unit = random.once(3)
    ? random.bytes(1 + random.below(16))
    : original.subarray(at, at + 1 + random.below(random.once(2) ? 8 : 40))
  const grown = (bytes: number) =>
    Buffer.concat([original.subarray(0, at), Buffer.alloc(bytes, unit), original.subarray(at)])
  const ms = await tryTarget(`${name}, grown`, target, grown(grownBytes), tally, seed)
  if (ms < maxMs / 2) return
  const [half, whole] = [
    await cpuMsOf(target, grown(grownBytes / 2)),
    await cpuMsOf(target, grown(grownBytes)),
  ]
  if (whole > maxMs / 2 && whole > 3 * half)
    tally.report(name, `${half} ms, then ${whole} ms for twice the bytes: ${unit.toString('hex')}`, seed)
}

/** @returns milliseconds */
async function tryTarget(
  name: string,
  target: Target,
  file: Buffer,
  tally: Tally,
  seed: number,
): Promise<number> {
  const started = performance.now()
  let code: string | undefined
  try {
    if (!(await target.read(Buffer.from(file)))) code = 'nothing found'
  } catch (error) {
    code = codeOf(error, target.inThread) ?? 'crash'
    if (code === 'crash') tally.report(name, error, seed)
  }
  let ms = performance.now() - started
  // the machine may have been busy
  if (ms > maxMs) ms = await cpuMsOf(target, file)
  if (ms > maxMs && !target.inThread) tally.report(name, `${ms} ms for ${file.length} bytes`, seed)
  tally.count(name, ms, code)
  return ms
}

/** The CPU time of this thread, the better of two tries. */
async function cpuMsOf(target: Target, file: Buffer): Promise<number> {
  const tries: number[] = []
  for (let left = 2; left > 0; left--) {
    const copy = Buffer.from(file)
    const before = process.cpuUsage()
    await Promise.resolve(copy)
      .then(target.read)
      .catch(() => undefined)
    tries.push(process.cpuUsage(before).user / 1000)
  }
  return Math.min(...tries)
}
