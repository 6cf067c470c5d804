import Type from 'typebox'
import Value from 'typebox/value'
import { DarkroomError } from '../errors/catalogue.ts'
import type { Job } from './queue.ts'

/** What a name may be: it becomes part of NATS subjects, where `.`, `*` and `>` mean something. */
const namePattern = /^[a-z][a-z-]{0,62}$/
const maxKeyBytes = 1024
const maxPayloadBytes = 64 * 1024
/** The longest job on the wire: escaped, a byte of a key can take six. */
export const maxJobBytes = maxPayloadBytes + 6 * maxKeyBytes + 256

const travelling = Type.Object({
  version: Type.Integer({ minimum: 0 }),
  key: Type.String({ minLength: 1, maxLength: maxKeyBytes }),
  payload: Type.Unknown(),
})

/**
 * A job as it travels and waits, without its name, which is its address.
 * @throws DarkroomError `internal` when it breaks the limits of `Job`: who makes jobs bounds them
 */
export function encodeJob({ name, version, key, payload }: Job): string {
  checkJobName(name)
  if (!Number.isSafeInteger(version) || version < 0) throw mistake('The version of a job is not valid')
  const keyBytes = Buffer.byteLength(key)
  if (keyBytes === 0 || keyBytes > maxKeyBytes) throw mistake('The key of a job is empty or too long')
  const json = toJson(payload)
  if (json === undefined) throw mistake('The payload of a job is not JSON')
  if (Buffer.byteLength(json) > maxPayloadBytes) throw mistake('The payload of a job is too large')
  return `{"version":${version},"key":${JSON.stringify(key)},"payload":${json}}`
}

/** Reads what travelled; whatever else came over the network is undefined. */
export function decodeJob(name: string, text: string): Job | undefined {
  if (Buffer.byteLength(text) > maxJobBytes) return undefined
  const value = parseJson(text)
  if (!Value.Check(travelling, value)) return undefined
  return { name, version: value.version, key: value.key, payload: value.payload }
}

/** @throws DarkroomError `internal` */
export function checkJobName(name: string): void {
  if (!namePattern.test(name)) throw mistake('The name of a job is not valid')
}

/** A message as it is announced; undefined when it is no JSON or over 64 KiB: nobody waits for it. */
export function encodeMessage(message: unknown): string | undefined {
  const json = toJson(message)
  return json === undefined || Buffer.byteLength(json) > maxPayloadBytes ? undefined : json
}

/** JSON that came over the network; undefined when it is none. */
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

function mistake(detail: string): DarkroomError {
  return new DarkroomError('internal', detail)
}
