import { readFile } from 'node:fs/promises'
import type { Agent } from 'node:http'
import { request } from 'node:http'
import { tryOne } from './requests.ts'
import type { Service } from './service.ts'

/** What an action uses. The scenario `leaks` runs actions of all kinds in random order: that is the mixed work. */
export interface WorkParts {
  readonly service: Service
  readonly random: () => number
  readonly agent: Agent
  /** A small original. */
  readonly picture: Buffer
  /** Ids of uploaded images, oldest first. */
  readonly images: string[]
  /** Builds paths of derivatives of the first image. */
  readonly derivative: (width: number, quality: number) => string
}

/** Sends one request of the mixed work, or a few requests that belong together. */
export type Action = (parts: WorkParts) => Promise<unknown>

/** The maximum number of images kept: a growing database would look like a leak, but is none. */
const maxImages = 40

const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="120"><rect width="200" height="120" fill="#c63"/></svg>`

/** The kinds of work. All entries are equally likely; two entries of one kind make it twice as likely. */
export const actions: Readonly<Record<string, Action>> = {
  upload: parts => upload(parts, unique(parts), 'image/jpeg'),
  'upload of an SVG': parts =>
    upload(parts, Buffer.from(`${svg}<!-- ${parts.random()} -->`), 'image/svg+xml'),
  'cold derivative': parts => get(parts, parts.derivative(from(parts, 50, 400), from(parts, 40, 50))),
  'another cold derivative': parts => get(parts, parts.derivative(from(parts, 50, 400), from(parts, 40, 50))),
  'cached derivative': parts => get(parts, parts.derivative(from(parts, 100, 4), 70)),
  'other formats': parts => signed(parts, ['webp', 'png', 'avif', 'auto'][from(parts, 0, 4)] ?? 'auto'),
  'part of an original': async parts => {
    const image = await json(parts, 'GET', `images/${imageOf(parts)}`)
    return fetch(String(image.rawUrl), { headers: { range: 'bytes=0-99' } }).then(drain)
  },
  'unsigned URL': parts => get(parts, '/processed/aaaaaaaa/bbbbbbbb_resize_w-10.jpg'),
  'wrong signature': parts => get(parts, `${parts.derivative(50, 50)}x`),
  'operation that the policy forbids': parts =>
    get(parts, parts.derivative(50, 50).replace('.jpg', '_blur_s-2.jpg')),
  'file that is no image': parts => upload(parts, Buffer.from('hello'), 'text/plain'),
  'damaged file': parts => upload(parts, unique(parts).subarray(0, 3_000), 'image/jpeg'),
  'wrong request': parts => parts.service.call('POST', 'sign', { path: 1 }).then(drain),
  'unknown image': parts => parts.service.call('GET', 'images/aaaaaaaa').then(drain),
  'refused import': parts =>
    parts.service.call('POST', 'images/import', { url: 'http://10.0.0.1/a.png' }).then(drain),
  'aborted derivative': parts =>
    abort(parts, parts.derivative(from(parts, 400, 400), from(parts, 40, 50)), undefined),
  'aborted upload': parts => abort(parts, '/api/v1/images', unique(parts)),
  'list of images': parts => parts.service.call('GET', 'images?limit=20&q=a').then(drain),
  'usage, jobs and lists': async ({ service }) => {
    for (const path of ['usage', 'jobs', 'me', 'presets', 'policies', 'webhooks', 'operations'])
      await drain(await service.call('GET', path))
  },
  preset: parts =>
    parts.service.call('PUT', `presets/p${from(parts, 0, 9)}`, { operations: 'resize_w-50' }).then(drain),
  'explain and insight': async parts => {
    const path = parts.derivative(60, 60).split('?')[0]
    await drain(await parts.service.call('POST', 'explain', { path }))
    await signed(parts, 'json', [{ op: 'info' }])
  },
  'pages of the dashboard': async parts => {
    for (const path of ['/', '/images/x', '/api/v1/openapi.json']) await get(parts, path)
  },
}

/** A whole number from `least`, below `least + count`. */
const from = ({ random }: WorkParts, least: number, count: number) => least + Math.floor(random() * count)

const imageOf = (parts: WorkParts) => parts.images[from(parts, 0, parts.images.length)] ?? ''

/** The picture with a random JPEG comment inserted after its start marker, so that each upload has different bytes. */
function unique({ picture, random }: WorkParts): Buffer {
  const text = Buffer.from(String(random()).padEnd(30, '0').slice(0, 30))
  const comment = Buffer.from([0xff, 0xfe, 0, text.length + 2])
  return Buffer.concat([picture.subarray(0, 2), comment, text, picture.subarray(2)])
}

async function upload({ service, images }: WorkParts, file: Buffer, type: string): Promise<void> {
  const form = new FormData()
  form.set('title', 'a leak run')
  form.set('file', new Blob([new Uint8Array(file)], { type }), 'picture')
  const response = await service.call('POST', 'images', form)
  if (response.status !== 201) return drain(response)
  const { id } = (await response.json()) as { id: string }
  images.push(id)
  // keeps the first image, as the derivatives are made from it
  const oldest = images.length > maxImages ? images.splice(1, 1)[0] : undefined
  if (oldest !== undefined) await drain(await service.call('DELETE', `images/${oldest}?purge=true`))
}

async function signed(
  parts: WorkParts,
  format: string,
  operations: readonly object[] = [{ op: 'resize', w: from(parts, 20, 200) }],
): Promise<void> {
  const { path } = await json(parts, 'POST', 'sign', { imageId: imageOf(parts), operations, format })
  await get(parts, String(path ?? '/'))
}

const get = ({ service, agent }: WorkParts, path: string) => tryOne(service.origin + path, agent)

async function json({ service }: WorkParts, method: string, path: string, body?: object) {
  const response = await service.call(method, path, body)
  return (await response.json()) as Readonly<Record<string, unknown>>
}

/** Reads a response to its end, so that its connection can be used again. */
async function drain(response: Response): Promise<void> {
  await response.arrayBuffer()
}

/**
 * Sends a request and closes the connection soon afterwards. With a file, the request is an upload whose body is only
 * half sent by then.
 */
function abort({ service, random }: WorkParts, path: string, file: Buffer | undefined): Promise<void> {
  const headers = file && {
    authorization: `Bearer ${service.token}`,
    'content-type': 'multipart/form-data; boundary=leak',
    'content-length': String(2 * file.length),
  }
  return new Promise(resolve => {
    const sent = request(service.origin + path, {
      method: file ? 'POST' : 'GET',
      ...(headers && { headers }),
    })
    sent.on('error', () => resolve()).on('response', response => response.resume())
    sent.on('close', () => resolve())
    if (file) sent.write(`--leak\r\ncontent-disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n`)
    if (file) sent.write(file)
    else sent.end()
    setTimeout(() => sent.destroy(), 2 + random() * 60)
  })
}

/** Reads the small original. */
export const readPicture = (path: string): Promise<Buffer> => readFile(path)
