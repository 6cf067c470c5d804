import Type from 'typebox'
import Value from 'typebox/value'
import { DarkroomError } from '../errors/catalogue.ts'
import type { Job } from './queue.ts'

/** Names become part of NATS subjects, where `.`, `*` and `>` have a meaning. */
const namePattern = /^[a-z][a-z-]{0,62}$/
const maxKeyBytes = 1024
const maxPayloadBytes = 64 * 1024
/** The longest encoded job: an escaped byte of a key takes up to six. */
export const maxJobBytes = maxPayloadBytes + 6 * maxKeyBytes + 256

const EncodedJob = Type.Object({
  version: Type.Integer({ minimum: 0 }),
  key: Type.String({ minLength: 1, maxLength: maxKeyBytes }),
  payload: Type.Unknown(),
})

/**
 * Encodes a job for the queue, without its name, which is part of its address.
 * @throws DarkroomError `internal` when the job exceeds the limits of `Job`: its caller has to respect them
 */
export function encodeJob({ name, version, key, payload }: Job): string {
  checkJobName(name)
  if (!Number.isSafeInteger(version) || version < 0)
    throw invalid('version: must be a non-negative safe integer')
  const keyBytes = Buffer.byteLength(key)
  if (keyBytes === 0 || keyBytes > maxKeyBytes) throw invalid(`key: must have 1 to ${maxKeyBytes} bytes`)
  const json = toJson(payload)
  if (json === undefined) throw invalid('payload: must be JSON')
  if (Buffer.byteLength(json) > maxPayloadBytes)
    throw invalid(`payload: must have at most ${maxPayloadBytes} bytes`)
  return `{"version":${version},"key":${JSON.stringify(key)},"payload":${json}}`
}

/** Decodes a job; undefined for anything else, which may have come over the network. */
export function decodeJob(name: string, text: string): Job | undefined {
  if (Buffer.byteLength(text) > maxJobBytes) return undefined
  const value = parseJson(text)
  if (!Value.Check(EncodedJob, value)) return undefined
  return { name, version: value.version, key: value.key, payload: value.payload }
}

/** @throws DarkroomError `internal` */
export function checkJobName(name: string): void {
  if (!namePattern.test(name)) throw invalid(`name: must match ${namePattern}`)
}

/** Encodes a broadcast message; undefined when it is not JSON or has more than 64 KiB. */
export function encodeMessage(message: unknown): string | undefined {
  const json = toJson(message)
  return json === undefined || Buffer.byteLength(json) > maxPayloadBytes ? undefined : json
}

/** Parses JSON that came over the network; undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

function invalid(problem: string): DarkroomError {
  return new DarkroomError('internal', `job ${problem}`)
}
