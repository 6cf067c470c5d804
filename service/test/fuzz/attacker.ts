import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { signMessage } from '../../url/signature.ts'
import { send } from '../support/send.ts'
import type { Random } from './random.ts'
import type { Seeds } from './seeds.ts'
import type { Victim } from './victim.ts'
import { ascii } from './vocabulary.ts'

/** What the service answered. */
export interface Answer {
  readonly status: number
  /** The code of a problem; empty if the answer is none. */
  readonly code: string
}

/** What the attacker has, and what they have got so far. */
export interface Attacker extends Pick<Victim, 'session' | 'key'> {
  readonly seeds: Seeds
  /** Ids of uploads that were accepted, the newest last. */
  readonly images: string[]
}

/** How long an answer is waited for, in milliseconds. */
const patienceMs = 20_000

/** Sends a request as the attacker. */
export async function request(
  attacker: Attacker,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: Buffer,
): Promise<Answer> {
  const whole = body === undefined ? headers : { 'content-length': String(body.length), ...headers }
  const { status, text } = await answerOf(
    send(attacker.session.url, path, { method, headers: whole, ...(body && { body: [body] }) }),
  )
  return { status, code: codeOf(status, text) }
}

/** The code of an answer that did not come in time. */
export const noAnswer = 'no answer'

/** The answer, with status 0 when the service cuts the connection or does not answer in time. */
async function answerOf(sent: ReturnType<typeof send>): Promise<{ status: number; text: string }> {
  const answered = sent.then(
    ({ status, body }) => ({ status, text: body }),
    error => ({ status: 0, text: String(error) }),
  )
  return Promise.race([answered, setTimeout(patienceMs, { status: 0, text: noAnswer }, { ref: false })])
}

function codeOf(status: number, text: string): string {
  if (status === 0) return text
  return status < 400 ? '' : (/"code":"([a-z-]+)"/.exec(text)?.[1] ?? 'none')
}

export const bearer = ({ session }: Attacker) => ({ authorization: `Bearer ${session.token}` })

/** What a URL of an own image asks for. */
export const chains = [
  'resize_w-20.jpg',
  'encode_meta-keep,profile-keep.jpg',
  'resize_w-9_encode_meta-keep.webp',
  'encode_meta-copyright.png',
  'crop_w-0.5,h-0.5_rotate_a-7.avif',
  'page_animate-1.gif',
  'info.json',
  'encode_lossless-1.png',
  'resize_w-30.tiff',
  'blur_s-2_trim.auto',
  'placeholder_k-thumbhash.png',
  'page_n-2.jpg',
  'encode_q-auto.webp',
]

/** A URL of an own image with a valid signature. */
export function signedPath({ session, key, images }: Attacker, rest: string): string {
  const path = ascii(`/processed/${session.userId}/${images.at(-1) ?? 'abcdef'}_${rest}`)
  return `${path}?k=${key.id}&s=${signMessage(key.secret, `${path}?k=${key.id}`)}`
}

/** Uploads a form. If it is accepted, two derivatives are requested. */
export async function uploadForm(
  attacker: Attacker,
  random: Random,
  { bytes, type }: { bytes: Buffer; type: string },
): Promise<Answer[]> {
  const headers = { ...bearer(attacker), 'content-type': type, 'content-length': String(bytes.length) }
  const { status, text } = await answerOf(
    send(attacker.session.url, '/api/v1/images', { method: 'POST', headers, body: [bytes] }),
  )
  if (status !== 201) return [{ status, code: codeOf(status, text) }]
  attacker.images.push(JSON.parse(text).id)
  if (attacker.images.length > 100) attacker.images.shift()
  const first = { status: 201, code: '' }
  const urls = Array.from({ length: 2 }, () => signedPath(attacker, random.pick(chains)))
  return [first, ...(await Promise.all(urls.map(url => request(attacker, 'GET', url, {}))))]
}

/** Sends bytes and reads until the service closes, for a moment at most. @returns the first status, or 0 without one */
export async function sendRaw(url: string, message: string): Promise<number> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {})
  let text = ''
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
  })
  socket.write(Buffer.from(message, 'latin1'))
  await Promise.race([new Promise(resolve => socket.once('close', resolve)), setTimeout(100)])
  socket.destroy()
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)
}
