import { Form } from '../support/send.ts'
import {
  type Answer,
  type Attacker,
  bearer,
  chains,
  request,
  sendRaw,
  signedPath,
  uploadForm,
} from './attacker.ts'
import { mutate } from './mutations.ts'
import type { Random } from './random.ts'
import { ascii, drawValue, headerValue, nameOf, textOf, wellFormed, words } from './vocabulary.ts'

type Attack = (attacker: Attacker, random: Random) => Promise<readonly Answer[]>

/** Attacks by name. */
export const attacks: Readonly<Record<string, Attack>> = {
  async upload(attacker, random) {
    const others = Object.values(attacker.seeds)
    const form = new Form().file('file', mutate(random.pick(others), random, others))
    return [await uploadForm(attacker, random, form)].flat()
  },
  async form(attacker, random) {
    const { bytes, type } = new Form().file('file', random.pick(Object.values(attacker.seeds)))
    const wrong = random.once(3)
      ? type.replace(/boundary.*/, headerValue(`boundary=${textOf(random, 4)}`))
      : type
    const body = mutate(bytes, random, [bytes])
    return [
      await request(attacker, 'POST', '/api/v1/images', { ...bearer(attacker), 'content-type': wrong }, body),
    ]
  },
  async 'signed url'(attacker, random) {
    const rest = random.once(2)
      ? random.pick(chains)
      : `${random.pick(words)}_${textOf(random, 6)}.${random.pick(['jpg', 'json', 'webp', ''])}`
    return [await request(attacker, random.once(9) ? 'HEAD' : 'GET', signedPath(attacker, rest), {})]
  },
  async url(attacker, random) {
    const known = [
      signedPath(attacker, random.pick(chains)),
      '/api/v1/images',
      '/api/v1/usage',
      '/',
      '/docs',
      `/raw/${attacker.session.userId}/abcdef-orig.jpg`,
    ]
    const path = random.pick(known)
    const at = random.below(path.length + 1)
    return [
      await request(
        attacker,
        'GET',
        ascii(
          `/${(path.slice(0, at) + textOf(random, 4) + path.slice(at + random.below(3))).replace(/^\/+/, '')}`,
        ),
        bearer(attacker),
      ),
    ]
  },
  async headers(attacker, random) {
    const names = [
      'accept',
      'range',
      'if-none-match',
      'if-modified-since',
      'if-range',
      'sec-ch-dpr',
      'sec-ch-width',
      'save-data',
      'cookie',
      'authorization',
      'content-type',
      'x-forwarded-for',
      'forwarded',
      'traceparent',
      'tracestate',
      'origin',
      'host',
      'accept-encoding',
      'x-request-id',
      'user-agent',
      'referer',
      'if-match',
      'idempotency-key',
    ]
    const own = Array.from({ length: 1 + random.below(3) }, () => [
      random.pick(names),
      headerValue(textOf(random, 8)),
    ])
    const path = random.pick([
      signedPath(attacker, 'resize_w-20.auto'),
      '/api/v1/me',
      '/api/v1/images',
      '/healthz',
      '/',
    ])
    return [
      await request(attacker, 'GET', path, {
        ...(random.once(2) ? bearer(attacker) : {}),
        ...Object.fromEntries(own),
      }),
    ]
  },
  async token(attacker, random) {
    const { token } = attacker.session
    const [head = '', claims = '', signature = ''] = token.split('.')
    const other = Buffer.from(
      JSON.stringify(random.pick([{ alg: 'none' }, { alg: 'HS256', kid: '../x' }, drawValue(random)])),
    ).toString('base64url')
    const forged = random.pick([
      `${other}.${claims}.${signature}`,
      `${head}.${other}.${signature}`,
      `${head}.${claims}.`,
      `${head}.${claims}`,
      `drk_${textOf(random)}`,
      mutate(Buffer.from(token), random, [Buffer.from(token)]).toString('latin1'),
      textOf(random),
    ])
    const answer = await request(attacker, 'GET', '/api/v1/me', {
      authorization: headerValue(`Bearer ${forged}`),
    })
    const isSame = forged === token || forged.trim() === token
    return [
      answer.status === 200 && !isSame && forged.split('.')[2] !== signature
        ? { status: 599, code: `a forged token was accepted: ${forged}` }
        : answer,
    ]
  },
  async json(attacker, random) {
    const routes: readonly (readonly [string, string])[] = [
      ['POST', 'sign'],
      ['POST', 'sign/batch'],
      ['POST', 'explain'],
      ['PUT', 'presets/a'],
      ['PUT', 'policies/a'],
      ['PATCH', `images/${attacker.images.at(-1) ?? 'abcdef'}`],
      ['POST', 'purge'],
      ['POST', `images/${attacker.images.at(-1) ?? 'abcdef'}/eager`],
      ['POST', 'images/import'],
      ['POST', 'images/imports'],
      ['POST', 'images/downloads'],
      ['POST', 'webhooks'],
      ['POST', 'api-keys'],
      ['POST', 'auth/refresh'],
      ['POST', 'images/uploads'],
    ]
    const [method, route] = random.pick(routes)
    const value = random.once(4)
      ? drawValue(random)
      : { ...sensible[route.split('/')[0] ?? ''], [nameOf(random)]: drawValue(random) }
    const text = random.once(8) ? '['.repeat(100_000) : JSON.stringify(value)
    const body = random.once(6) ? mutate(Buffer.from(text), random, [Buffer.from(text)]) : Buffer.from(text)
    return [
      await request(
        attacker,
        method,
        `/api/v1/${route}`,
        { ...bearer(attacker), 'content-type': 'application/json' },
        body,
      ),
    ]
  },
  async query(attacker, random) {
    const names = [
      'q',
      'tag',
      'format',
      'sort',
      'limit',
      'cursor',
      'metadata',
      'folder',
      'from',
      'to',
      'by',
      'state',
      'kind',
      'distance',
      'user',
    ]
    const route = random.pick([
      'images',
      'images/tags',
      'images/folders',
      'usage',
      'jobs',
      'jobs/tasks',
      'presets',
      'webhooks',
      'api-keys',
      `images/${attacker.images.at(-1) ?? 'abcdef'}/duplicates`,
      `images/${attacker.images.at(-1) ?? 'abcdef'}/derivatives`,
      'audit',
    ])
    const query = Array.from({ length: 1 + random.below(3) }, () => {
      const text = random.once(3)
        ? Buffer.from(JSON.stringify(drawValue(random))).toString('base64url')
        : textOf(random, 5)
      return `${random.pick(names)}=${random.once(4) ? ascii(text) : encodeURIComponent(wellFormed(text))}`
    })
    return [await request(attacker, 'GET', `/api/v1/${route}?${query.join('&')}`, bearer(attacker))]
  },
  async socket({ session }, random) {
    const parts = [
      'GET ',
      'POST ',
      '/api/v1/me',
      '/processed/',
      ' HTTP/1.1',
      ' HTTP/1.0',
      ' HTTP/9.9',
      '\r\n',
      '\r\n\r\n',
      '\n',
      '\0',
      'host: x',
      'content-length: 5',
      'content-length: -1',
      'transfer-encoding: chunked',
      'ffffffffffffffff',
      '5\r\nabcde',
      '0',
      ':',
      'x'.repeat(20_000),
      'PRI * HTTP/2.0',
      '\x16\x03\x01',
      'expect: 100-continue',
      'upgrade: websocket',
      'connection: upgrade',
    ]
    const message = Array.from({ length: 1 + random.below(14) }, () => random.pick(parts)).join('')
    return [{ status: await sendRaw(session.url, message), code: 'raw' }]
  },
}

const sensible: Readonly<Record<string, object>> = {
  sign: { imageId: 'abcdef', operations: [], format: 'webp' },
  explain: { path: '/processed/abcdef/abcdef.jpg' },
  presets: { operations: 'resize_w-20', eager: false },
  policies: { operations: ['resize'] },
  purge: { all: true },
  webhooks: { url: 'https://example.com/', events: ['image.ready'] },
  'api-keys': { name: 'x', scopes: ['sign'] },
}
