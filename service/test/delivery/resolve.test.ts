import { sign } from '../../client/sign.ts'
import type { Problem } from '../../http/problem.ts'
import { administrator } from '../support/administrator.ts'
import { build } from '../support/build.ts'
import { pathOf, put } from '../support/eager.ts'
import { ingested } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

// Delivery, signing, explain and eager orders must give the same answer for the same URL: the image route's.

const picture = await photo(240, 160).jpeg().toBuffer()
const bench = await build(t)
const admin = await administrator(bench)
const other = await bench.join('other@example.com')
const { id } = await bench.upload(picture)
const logo = await bench.upload(await photo(40, 30).jpeg().toBuffer())
const foreign = await other.upload(picture)
const deleted = await bench.upload(picture)
for (const image of [id, logo.id]) await ingested(bench.app.database, image)
// eager orders stay pending, so that only this test's requests render
await bench.app.jobs.worker.drain(0)
// no assertion here: tap ends the root test when it has one and no subtest follows at once
const deletion = await bench.get(`/api/v1/images/${deleted.id}`, { method: 'DELETE' })
if (deletion.status !== 204) throw new Error(`deletion got status ${deletion.status}, expected 204`)
await put(bench, 'thumb', 'resize_w-120', false)
await put(bench, 'big', 'resize_w-200', false)
const policies = {
  narrow: { operations: { resize: { w: { min: 10, max: 100 } } }, formats: ['jpg', 'auto'] },
  presets: { presets: ['thumb'] },
  small: {
    operations: { resize: true, flip: true, info: true },
    presets: ['big'],
    limits: { maxWidth: 150, maxHeight: 90, maxSteps: 2 },
  },
}
for (const [name, policy] of Object.entries(policies))
  await read(await callJson(bench, 'PUT', `/api/v1/policies/${name}`, policy))

/** The path after the user's id, and the policy that the signature names. */
interface Transform {
  readonly image: string
  readonly operations: string
  readonly format: string
  readonly policy?: string
}

const fileOf = ({ image, operations, format }: Transform) =>
  `${image}${operations === '' ? '' : `_${operations}`}.${format}`

/** The code and detail of a refusal; undefined for success. */
async function refusalOf(response: Response): Promise<Pick<Problem, 'code' | 'detail'> | undefined> {
  const text = await response.text()
  if (response.ok) return undefined
  const { code, detail } = JSON.parse(text) as Problem
  return { code, detail }
}

/** The answers of the image route, signing and explain to the same path. */
async function answersTo(transform: Transform) {
  const { policy } = transform
  const path = `/processed/${bench.userId}/${fileOf(transform)}`
  const { id: keyId, secret } = bench.key
  const body = { path, ...(policy === undefined ? {} : { policy }) }
  const signed = await sign(path, { keyId, secret, policy })
  return {
    delivery: await refusalOf(await bench.get(signed)),
    sign: await refusalOf(await callJson(bench, 'POST', '/api/v1/sign', body)),
    explain: await refusalOf(await callJson(bench, 'POST', '/api/v1/explain', body)),
  }
}

/** The answer to an eager order of the same transform; `presets` of a policy do not apply to it. */
async function eagerAnswerTo({ image, operations, format }: Transform) {
  const body = { transforms: [{ operations, format }] }
  return refusalOf(await callJson(bench, 'POST', pathOf(image), body))
}

/** The refusal as an eager order reports it: prefixed with the item's field, as `bad-request` unless it is a 403. */
function asEager({ code, detail }: Pick<Problem, 'code' | 'detail'>) {
  const isForbidden = code === 'forbidden' || code === 'over-limit'
  return { code: isForbidden ? code : 'bad-request', detail: `transforms.0: ${detail}` }
}

/** Checks that signing and explain give the image route's answer, which has this code. */
async function sameInUrls(t: Test, transform: Transform, code: string | undefined) {
  const { policy } = transform
  const name = `${policy === undefined ? '' : `${policy}: `}${fileOf(transform).slice(0, 60)}`
  const { delivery, sign, explain } = await answersTo(transform)
  t.equal(delivery?.code, code, `${name}: ${delivery?.detail}`)
  t.strictSame(sign, delivery, `sign ${name}`)
  t.strictSame(explain, delivery, `explain ${name}`)
  return delivery
}

/** Checks that signing, explain and eager orders give the image route's answer, which has this code. */
async function sameEverywhere(t: Test, transform: Transform, code: string | undefined) {
  const delivery = await sameInUrls(t, transform, code)
  const expected = delivery && asEager(delivery)
  t.strictSame(await eagerAnswerTo(transform), expected, `eager ${fileOf(transform).slice(0, 60)}`)
}

interface Explained {
  readonly file: string
  readonly key: string
}

t.test('every operation’s example has the same file in delivery, sign, explain and eager orders', async t => {
  const overlay = (example: string) => example.replace('logo1234', logo.id)
  const examples = [...bench.app.operations.values()].map(({ example }) => overlay(example))
  t.ok(examples.length >= 27, `${examples.length} operations`)
  for (const operations of examples) {
    for (const format of operations === 'info' ? ['json'] : ['jpg', 'auto']) {
      const transform = { image: id, operations, format }
      const path = `/processed/${bench.userId}/${fileOf(transform)}`
      // page_n-1 and others apply to any image, so each example must succeed
      const { file, key } = await read<Explained>(await callJson(bench, 'POST', '/api/v1/explain', { path }))
      await bytesOf(await bench.get(await bench.sign(path)))
      t.ok(bench.app.cache.getFromMemory(key), `${path} is delivered as ${file}`)
      const eager = await callJson(bench, 'POST', pathOf(id), { transforms: [{ operations, format }] })
      if (operations === 'info') {
        t.match(await refusalOf(eager), { code: 'bad-request', detail: /^transforms\.0: / })
        continue
      }
      const { items } = await read<{ items: { file: string }[] }>(eager, 202)
      t.ok(
        items.some(item => item.file === file),
        `${path} is ordered as ${file}`,
      )
    }
  }
})

t.test('a URL that cannot be served is refused with the same words everywhere', async t => {
  const many = Array.from({ length: 33 }, () => 'flip_d-h').join('_')
  const cases: [operations: string, format: string, code: string][] = [
    ['bogus_w-1', 'jpg', 'bad-url'],
    ['resize_zz-1', 'jpg', 'bad-url'],
    ['resize_w-0', 'jpg', 'bad-url'],
    ['resize_w-9000', 'jpg', 'bad-url'],
    ['resize_fit-outer', 'jpg', 'bad-url'],
    ['resize', 'jpg', 'bad-url'],
    [many, 'jpg', 'bad-url'],
    ['crop_x-5000,y-0,w-10,h-10', 'jpg', 'bad-url'],
    ['page_n-9', 'jpg', 'not-applicable'],
    ['page_n-9', 'auto', 'not-applicable'],
    ['info', 'jpg', 'bad-url'],
    ['info_resize_w-10', 'json', 'bad-url'],
    ['resize_w-10', 'json', 'bad-url'],
    ['resize_w-10', 'bmp', 'bad-url'],
    ['preset_n-none', 'jpg', 'bad-url'],
    [`overlay_i-${foreign.id}`, 'jpg', 'not-found'],
    ['overlay_i-abcdefgh12345678', 'jpg', 'not-found'],
    [`overlay_i-${deleted.id}`, 'jpg', 'deleted'],
  ]
  for (const [operations, format, code] of cases)
    await sameEverywhere(t, { image: id, operations, format }, code)
  for (const [image, code] of [
    ['abcdefgh12345678', 'not-found'],
    [foreign.id, 'not-found'],
    [deleted.id, 'deleted'],
  ] as const)
    await sameInUrls(t, { image, operations: 'resize_w-10', format: 'jpg' }, code)
})

t.test('another user’s path is an unknown image to sign and explain, whatever it asks for', async t => {
  for (const operations of ['resize_w-10', 'bogus_w-1', 'crop_x-5000,y-0,w-10,h-10', 'preset_n-none']) {
    const path = `/processed/${other.userId}/${foreign.id}_${operations}.jpg`
    for (const route of ['sign', 'explain']) {
      const refusal = await refusalOf(await callJson(bench, 'POST', `/api/v1/${route}`, { path }))
      t.equal(refusal?.code, 'not-found', `${route} ${operations}`)
    }
  }
})

t.test('a policy allows and refuses the same in delivery, sign and explain', async t => {
  const cases: [policy: string, operations: string, format: string, code: string | undefined][] = [
    ['narrow', 'resize_w-50', 'jpg', undefined],
    ['narrow', 'resize_w-50', 'auto', undefined],
    ['narrow', 'resize_w-50', 'png', 'forbidden'],
    ['narrow', 'resize_w-101', 'jpg', 'forbidden'],
    ['narrow', 'flip_d-h', 'jpg', 'forbidden'],
    ['narrow', 'preset_n-thumb', 'jpg', 'forbidden'],
    ['presets', 'preset_n-thumb', 'jpg', undefined],
    ['presets', 'preset_n-big', 'jpg', 'forbidden'],
    ['presets', 'resize_w-120', 'jpg', 'forbidden'],
    ['presets', '', 'jpg', 'forbidden'],
    ['small', 'resize_w-120', 'jpg', undefined],
    ['small', 'resize_w-200', 'jpg', 'forbidden'],
    ['small', 'resize_w-200', 'auto', 'forbidden'],
    ['small', 'resize_w-10,h-100,fit-fill', 'jpg', 'forbidden'],
    ['small', 'preset_n-big', 'jpg', 'forbidden'],
    ['small', 'resize_w-20_flip_d-h_flip_d-v', 'jpg', 'forbidden'],
    // the image itself is larger than the policy allows
    ['small', 'info', 'json', 'forbidden'],
  ]
  for (const [policy, operations, format, code] of cases)
    await sameInUrls(t, { image: id, operations, format, policy }, code)
  // a signature that names a missing policy is refused; the API says that the policy is not there
  const unknown = { image: id, operations: 'resize_w-10', format: 'jpg', policy: 'nowhere' }
  const { delivery, sign, explain } = await answersTo(unknown)
  t.equal(delivery?.code, 'forbidden')
  t.equal(sign?.code, 'not-found')
  t.strictSame(explain, sign)
})

/** Changes the user, and waits until the image route applies it. */
async function changeUser(change: object, probe: Transform, code: string | undefined): Promise<void> {
  await read(await callJson(admin, 'PATCH', `/api/v1/users/${bench.userId}`, change))
  await until('the image route applies the change', 5000, async () => {
    const { delivery } = await answersTo(probe)
    return delivery?.code === code
  })
}

t.test('a user with presets only is refused everything else everywhere', async t => {
  const own = { image: id, operations: 'resize_w-55', format: 'jpg' }
  await changeUser({ presetsOnly: true }, own, 'forbidden')
  await sameEverywhere(t, own, 'forbidden')
  await sameEverywhere(t, { ...own, operations: '' }, 'forbidden')
  await sameEverywhere(t, { ...own, operations: 'preset_n-thumb_flip_d-h' }, 'forbidden')
  await sameEverywhere(t, { ...own, operations: 'preset_n-thumb' }, undefined)
  await sameEverywhere(t, { ...own, operations: 'preset_n-none' }, 'bad-url')
  await changeUser({ presetsOnly: false }, own, undefined)
})

t.test('a user’s limits on pixels, operations and formats apply everywhere', async t => {
  const wide = { image: id, operations: 'resize_w-180', format: 'jpg' }
  const limits = {
    outputPixels: 10_000,
    operations: ['resize', 'crop', 'info'],
    formats: ['jpg', 'auto', 'json'],
  }
  await changeUser({ limits }, wide, 'over-limit')
  await sameEverywhere(t, wide, 'over-limit')
  await sameEverywhere(t, { ...wide, format: 'auto' }, 'over-limit')
  await sameEverywhere(t, { ...wide, operations: '' }, 'over-limit')
  await sameEverywhere(t, { ...wide, operations: 'preset_n-big' }, 'over-limit')
  await sameEverywhere(t, { ...wide, operations: 'flip_d-h' }, 'over-limit')
  await sameEverywhere(t, { ...wide, operations: 'resize_w-50', format: 'webp' }, 'over-limit')
  await sameEverywhere(t, { ...wide, operations: 'resize_w-50' }, undefined)
  await sameEverywhere(t, { ...wide, operations: 'preset_n-thumb' }, undefined)
  // a description has no pixels, however large its image is
  await sameInUrls(t, { ...wide, operations: 'info', format: 'json' }, undefined)
  await changeUser({ limits: null }, wide, undefined)
})
