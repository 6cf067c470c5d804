import { setTimeout } from 'node:timers/promises'
import sharp from 'sharp'
import { sign } from '../../client/sign.ts'
import { build } from '../support/build.ts'
import { oriented } from '../support/pictures.ts'
import { blue, flat, logo, near, overlayRenderer, readPixels, sourceKinds } from '../support/pixel-reader.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'

t.test('every kind of image can be the base and the overlay', async t => {
  const requestOverlay = overlayRenderer(await build(t))
  for (const [name, base] of Object.entries(await sourceKinds(60, 40))) {
    const plain = (await readPixels(base)).at(55, 35)
    for (const blend of ['over', 'multiply']) {
      const body = await bytesOf(await requestOverlay(base, logo, { g: 'northwest', w: 20, o: 0.5, blend }))
      const { at } = await readPixels(body)
      t.ok(near(at(55, 35), plain, 2), `${name} ${blend} beside it: ${at(55, 35)}, expected ${plain}`)
      const share = plain[3] / 255
      const alpha = 0.5 + share - 0.5 * share
      const mixed = [255, 0, 0].map((value, index) => {
        const under = plain[index]!
        const visible = blend === 'over' ? value : (1 - share) * value + (share * value * under) / 255
        return (0.5 * visible + 0.5 * share * under) / alpha
      })
      t.ok(near(at(4, 4), [...mixed, 255 * alpha], 3), `${name} ${blend}: ${at(4, 4)}, expected ${mixed}`)
    }
  }
  for (const [name, layer] of Object.entries(await sourceKinds(20, 20))) {
    const colors = (await readPixels(layer)).at(5, 5)
    const { at } = await readPixels(await bytesOf(await requestOverlay(blue, layer, { g: 'west' })))
    const mixed = [64, 96, 160].map((under, index) => {
      const share = colors[3] / 255
      return share * colors[index]! + (1 - share) * under
    })
    t.ok(near(at(5, 60), [...mixed, 255], 3), `overlaid ${name}: ${at(5, 60)}, expected ${mixed}`)
  }
})

t.test('an overlay is upright, and an SVG overlay is sharp at any size', async t => {
  const requestOverlay = overlayRenderer(await build(t))
  for (const orientation of [1, 3, 6, 7]) {
    const { at } = await readPixels(
      await bytesOf(await requestOverlay(blue, await oriented(orientation), { g: 'northwest', w: 60 })),
    )
    t.ok(near(at(5, 5), [220, 40, 40], 12), `${orientation}: red at the top left, ${at(5, 5)}`)
    t.ok(at(55, 5)[1] > 150, 'green at the top right')
    t.ok(at(5, 35)[2] > 150, 'blue at the bottom left')
  }
  const square =
    '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><path d="M0 0h2v4H0z" fill="red"/></svg>'
  const { at } = await readPixels(
    await bytesOf(await requestOverlay(blue, Buffer.from(square), { g: 'northwest', w: 100 })),
  )
  t.ok(near(at(49, 50), [255, 0, 0], 1) && near(at(50, 50), [64, 96, 160], 1), 'a clean edge in the middle')
})

t.test('an overlay is drawn on every frame of an animation', async t => {
  const requestOverlay = overlayRenderer(await build(t))
  const { animated } = await sourceKinds(60, 40)
  const body = await bytesOf(await requestOverlay(animated, logo, { g: 'northwest', w: 20 }, 'webp'))
  t.match(await sharp(body).metadata(), { pages: 3, width: 60 })
  const colors = [
    [64, 96, 160],
    [160, 96, 64],
    [96, 160, 64],
  ]
  for (const [page, color] of colors.entries()) {
    const { at } = await readPixels(body, page)
    t.ok(near(at(4, 4), [255, 0, 0], 12), `frame ${page}: ${at(4, 4)}`)
    t.ok(near(at(55, 35), color, 12), `frame ${page} beside the overlay: ${at(55, 35)}`)
  }
})

t.test('an overlay is composited before transparency is flattened to white', async t => {
  const requestOverlay = overlayRenderer(await build(t))
  const { transparent } = await sourceKinds(60, 40)
  for (const blend of ['over', 'screen', 'difference', 'dest-over', 'dest-out']) {
    const options = { g: 'northwest', w: 40, o: 0.7, blend }
    const transparentResult = await bytesOf(await requestOverlay(transparent, logo, options))
    const white = await sharp(transparentResult).flatten({ background: 'white' }).png().toBuffer()
    const [expected, found] = [
      (await readPixels(white)).at(8, 8),
      (await readPixels(await bytesOf(await requestOverlay(transparent, logo, options, 'tiff')))).at(8, 8),
    ]
    t.equal(found[3], (await readPixels(transparentResult)).at(8, 8)[3], blend)
    const jpeg = await readPixels(await bytesOf(await requestOverlay(transparent, logo, options, 'jpg')))
    t.ok(near(jpeg.at(8, 8), expected, 12), `${blend}: ${jpeg.at(8, 8)}, expected ${expected}`)
  }
})

t.test('overlays that are invalid, missing or of another user are rejected', async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const base = await bench.upload(blue)
  const foreign = await other.upload(logo)
  const layer = await bench.upload(logo)
  const request = (options: string) => {
    const path = `/processed/${bench.userId}/${base.id}_overlay_${options}.png`
    return sign(path, { keyId: bench.key.id, secret: bench.key.secret }).then(bench.get)
  }
  for (const [id, code] of [
    [foreign.id, 'not-found'],
    ['abcdef0123', 'not-found'],
  ] as const) {
    const detail = await isProblemResponse(t, await request(`i-${id}`), code)
    t.match(detail, `overlay: i-${id}`)
  }
  for (const [options, expected] of [
    ['g-west', /overlay: i is required/],
    [`i-${layer.id},o-2`, /overlay: o-2 is out of range/],
    [`i-${layer.id},g-smart`, /overlay: g-smart is invalid, expected one of/],
    [`i-${layer.id},blend-normal`, /overlay: blend-normal/],
    [`i-${layer.id},w-8193`, /overlay: w-8193 is out of range/],
    [`i-${layer.id},tile-1,x--5`, /overlay: x and y .* negative/],
  ] as const) {
    t.match(await isProblemResponse(t, await request(options), 'bad-url', options), expected)
  }
  const tall = await bench.upload(await flat(1, 2000, '#fff').png().toBuffer())
  t.match(
    await isProblemResponse(t, await request(`i-${tall.id},w-5`), 'bad-url'),
    /overlay: w-5 would scale the overlaid image/,
  )
})

t.test('a derivative with an overlay is not served after the overlaid image is deleted', async t => {
  const bench = await build(t)
  const [base, layer] = [await bench.upload(blue), await bench.upload(logo)]
  const urlOf = (format: string) =>
    bench.sign({ imageId: base.id, operations: [{ op: 'overlay', i: layer.id }], format })
  const [kept, fresh] = [await urlOf('png'), await urlOf('webp')]
  await bytesOf(await bench.get(kept))
  const hit = await bench.get(kept)
  await bytesOf(hit)
  t.equal(hit.headers.get('darkroom-cache'), 'memory')
  const etag = hit.headers.get('etag') ?? ''
  t.equal((await bench.get(`/api/v1/images/${layer.id}`, { method: 'DELETE' })).status, 204)
  await isProblemResponse(t, await bench.get(fresh), 'deleted')
  await setTimeout(1000)
  t.match(await isProblemResponse(t, await bench.get(kept), 'deleted'), `overlay: i-${layer.id}`)
  const conditional = await bench.get(kept, { headers: { 'if-none-match': etag } })
  await isProblemResponse(t, conditional, 'deleted', 'with If-None-Match')
  const again = await bench.restart()
  await isProblemResponse(t, await again.get(kept), 'deleted', 'after a restart')
})
