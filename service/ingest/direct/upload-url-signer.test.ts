import { randomBytes } from 'node:crypto'
import t from '../../test/support/tap.ts'
import { createUploadUrlSigner } from './upload-url-signer.ts'

const publicUrl = 'https://img.example.org'
const signer = createUploadUrlSigner({ secret: randomBytes(32), publicUrl })
const now = Math.floor(Date.now() / 1000)
const sign = (until: number) => signer.sign('abcdef123456', until).url.slice(publicUrl.length)

t.test('an upload URL is valid for one upload until it expires', async t => {
  const raw = sign(now + 60)
  t.match(raw, /^\/api\/v1\/images\/direct\/abcdef123456\/content\?e=\d+&s=[\w-]{43}$/)
  t.doesNotThrow(() => signer.verify(raw))
  t.throws(() => signer.verify(sign(now)), { code: 'expired' })
  const wrong = [
    raw.replace('abcdef', 'abcdeg'),
    raw.replace(/e=\d+/, `e=${now + 61}`),
    raw.replace(/e=\d+&/, ''),
    raw.replace(/.s=.*/, ''),
    `${raw}&k=own`,
    `${raw}&e=${now + 99}`,
    raw.replace('/content', '/complete'),
    createUploadUrlSigner({ secret: randomBytes(32), publicUrl })
      .sign('abcdef123456', now + 60)
      .url.slice(publicUrl.length),
  ]
  for (const one of wrong) t.throws(() => signer.verify(one), { code: 'bad-signature' }, one)
})
