import { crc32 } from 'node:zlib'
import { isPng } from '../../engine/metadata/png-chunk.ts'
import type { Random } from './random.ts'

type Mutation = (file: Buffer, random: Random, others: readonly Buffer[]) => Buffer

/** Numbers at which readers of lengths, counts and offsets go wrong. */
const edges = [
  0, 1, 2, 3, 4, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe,
]

/** The start and end of a part of the file; small ones near the start are more frequent, as headers are there. */
function partOf({ length }: Buffer, random: Random): [from: number, to: number] {
  const from = random.below(random.once(2) ? length : Math.min(length, 200))
  return [from, Math.min(length, from + 1 + random.below(random.once(3) ? length : 40))]
}

const mutations: readonly Mutation[] = [
  function truncate(file, random) {
    return file.subarray(0, random.below(file.length + 1))
  },
  function flipBit(file, random) {
    const [at] = partOf(file, random)
    file[at] = (file[at] ?? 0) ^ (1 << random.below(8))
    return file
  },
  function setByte(file, random) {
    const [at] = partOf(file, random)
    file[at] = random.once(2) ? random.below(256) : random.pick([0, 1, 0x7f, 0x80, 0xff])
    return file
  },
  function writeNumber(file, random) {
    const bytes = random.pick([2, 4] as const)
    if (file.length < bytes) return file
    const at = Math.min(partOf(file, random)[0], file.length - bytes)
    const value = random.pick([...edges, file.length, file.length - at]) % 256 ** bytes
    if (random.once(2)) file.writeUIntBE(value, at, bytes)
    else file.writeUIntLE(value, at, bytes)
    return file
  },
  function remove(file, random) {
    const [from, to] = partOf(file, random)
    return Buffer.concat([file.subarray(0, from), file.subarray(to)])
  },
  function repeat(file, random) {
    const [from, to] = partOf(file, random)
    const part = file.subarray(from, to)
    const times = Math.min(1 + random.below(random.once(5) ? 20_000 : 5), Math.ceil(300_000 / part.length))
    return Buffer.concat([file.subarray(0, from), ...Array(times).fill(part), file.subarray(from)])
  },
  function move(file, random) {
    const [from, to] = partOf(file, random)
    const rest = Buffer.concat([file.subarray(0, from), file.subarray(to)])
    const at = random.below(rest.length + 1)
    return Buffer.concat([rest.subarray(0, at), file.subarray(from, to), rest.subarray(at)])
  },
  function insertNoise(file, random) {
    const [at] = partOf(file, random)
    return Buffer.concat([file.subarray(0, at), random.bytes(1 + random.below(30)), file.subarray(at)])
  },
  function splice(file, random, others) {
    const other = random.pick(others)
    const [at] = partOf(file, random)
    const [from, to] = partOf(other, random)
    return Buffer.concat([file.subarray(0, at), other.subarray(from, to), file.subarray(at)])
  },
]

/** A copy of a file with one to eight mutations. The checksums of a PNG are mended, so that decoders read on. */
export function mutate(file: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  let mutated = Buffer.from(file)
  for (let left = 1 + random.below(8); left > 0; left--)
    mutated = Buffer.from(random.pick(mutations)(mutated, random, others))
  return random.once(4) ? mutated : withChecksums(mutated)
}

function withChecksums(file: Buffer): Buffer {
  if (!isPng(file)) return file
  for (let at = 8; at + 12 <= file.length; ) {
    const end = at + 8 + file.readUInt32BE(at)
    if (end + 4 > file.length) break
    file.writeUInt32BE(crc32(file.subarray(at + 4, end)), end)
    at = end + 4
  }
  return file
}
