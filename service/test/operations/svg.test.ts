import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { build } from '../support/build.ts'
import { areas, cornersSvg, drawCorners, render, showsCorners, svg } from '../support/corners.ts'
import { squareFont } from '../support/font-file.ts'
import { startHttpServer } from '../support/http-server.ts'
import { compare } from '../support/pictures.ts'
import { readPixels } from '../support/pixel-reader.ts'
import { isProblemResponse } from '../support/problem.ts'
import t from '../support/tap.ts'

// a home directory with a font of its own, as fontconfig looks there
process.env.HOME = t.testdir({ '.fonts': {} })
await writeFile(join(process.env.HOME, '.fonts/squares.ttf'), squareFont('Squares', '你\u0e2a\u0915'))
const bench = await build(t)

t.test('an SVG is rendered at the requested size', async t => {
  const { id } = await bench.upload(cornersSvg)
  const large = await render(bench, `${id}_resize_w-600.png`)
  t.match(await sharp(large).metadata(), { width: 600, height: 400 })
  const { mean, max } = await compare(large, drawCorners(600, 400))
  t.ok(mean < 0.01 && max < 3, `edges are sharp: they differ by ${mean.toFixed(3)}, at most ${max}`)
  const narrow = await render(bench, `${id}_resize_w-100,h-300,fit-fill.png`)
  t.match(await sharp(narrow).metadata(), { width: 100, height: 300 })
  await showsCorners(t, narrow, 'distorted')

  const old = await bench.upload(
    Buffer.from(
      `<?xml version="1.0" encoding="ISO-8859-1"?>
    <!DOCTYPE svg [<!ENTITY red "rgb(220,40,40)">]><!-- caf\xe9 -->
    <svg width="60" height="40"><rect width="60" height="40" fill="&red;"/></svg>`,
      'latin1',
    ),
  )
  const dot = await sharp(await render(bench, `${old.id}_resize_w-2.png`))
    .raw()
    .toBuffer()
  t.strictSame([...dot.subarray(0, 3)], [220, 40, 40], 'old encodings, entities and no namespace')
})

t.test('an SVG with one side and a viewBox gets the other side by the ratio', async t => {
  const sizes: [attributes: string, width: number, height: number][] = [
    ['width="200" viewBox="0 0 100 50"', 200, 100],
    ['height="24" viewBox="0 0 512 512"', 24, 24],
    ['width="100%" height="24" viewBox="0 0 512 256"', 48, 24],
    ['viewBox="-100 0 51500 25750"', 4096, 2048],
    ["width='1in' height='50%' viewBox='0,0,40,20'", 96, 48],
    ['width="50%" viewBox="0 0 40 20"', 40, 20],
    ['width="30" height="30" viewBox="0 0 40 20"', 30, 30],
  ]
  for (const [attributes, width, height] of sizes) {
    const drawing = `<svg xmlns="http://www.w3.org/2000/svg" ${attributes}><rect width="512" height="512"/></svg>`
    t.match(await bench.upload(Buffer.from(drawing)), { width, height }, attributes)
  }
})

t.test('an SVG shows custom properties and modern colours', async t => {
  const fills = [
    ['style="fill:var(--c)"', 0, 255, 0],
    ['fill="var(--fill-0, #0f0)"', 0, 255, 0],
    ['fill="var(--nested)"', 0, 255, 0],
    ['fill="rgb(0 255 0 / 100%)"', 0, 255, 0],
    ['fill="hsl(120deg 100% 50%)"', 0, 255, 0],
    ['fill="hwb(240 0% 0%)"', 0, 0, 255],
    ['fill="oklch(62.8% 0.2577 29.23)"', 255, 0, 0],
    ['fill="color(display-p3 0.784 0.196 0.196)"', 218, 24, 40],
  ] as const
  const rects = fills.map(([fill], index) => `<rect x="${index * 10}" width="10" height="10" ${fill}/>`)
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="10">
    <style>:root{--c:#0f0;--nested:var(--c)}</style>${rects.join('')}</svg>`
  const { id } = await bench.upload(Buffer.from(drawing))
  const pixels = await sharp(await render(bench, `${id}_resize_w-80.png`))
    .removeAlpha()
    .raw()
    .toBuffer()
  for (const [index, [fill, ...expected]] of fills.entries()) {
    const at = 3 * (5 * 80 + index * 10 + 5)
    const distance = Math.max(
      ...expected.map((value, channel) => Math.abs(value - (pixels[at + channel] ?? 0))),
    )
    t.ok(distance <= 2, `${fill}: ${[...pixels.subarray(at, at + 3)].join(',')}`)
  }
})

t.test('an SVG shows images inside, whatever their format and declared type', async t => {
  const green = sharp({ create: { width: 9, height: 9, channels: 3, background: '#00ff00' } })
  const damaged = (await green.clone().webp().toBuffer()).fill(0xff, 40)
  const images: [type: string, file: Buffer][] = [
    ['image/png', await green.clone().png().toBuffer()],
    ['image/gif', await green.clone().gif().toBuffer()],
    ['image/webp', await green.clone().webp().toBuffer()],
    ['image/avif', await green.clone().avif({ lossless: true }).toBuffer()],
    ['image/png', await green.clone().webp({ lossless: true }).toBuffer()],
    ['image/webp', damaged],
  ]
  const elements = images.map(
    ([type, file], index) =>
      `<image x="${index * 10}" width="10" height="40" preserveAspectRatio="none" href="data:${type};base64,${file.toString('base64')}"/>`,
  )
  const blue = '<rect width="60" height="40" fill="#0000ff"/>'
  const repeated = '<image width="60" height="40" href="data:detached,2."/>'
  const { id } = await bench.upload(svg(blue + elements.join('') + repeated))
  const pixels = await readPixels(await render(bench, `${id}_resize_w-120.png`))
  const shown = images.map((_, index) => pixels.at(20 * index + 10, 40))
  for (const [index, color] of shown.slice(0, -1).entries())
    t.ok(color[1]! > 250 && color[2]! < 6, `image ${index}: ${color}`)
  t.strictSame(shown.at(-1), [0, 0, 255, 255], 'a damaged image is not shown')

  const size = Buffer.from([0x2f, 0xfe, 0xbf, 0xff, 0x0f, 0, 0, 0])
  const huge = Buffer.concat([Buffer.from('RIFF\x14\0\0\0WEBPVP8L\x08\0\0\0', 'latin1'), size])
  const bomb = svg(`<image href="data:image/webp;base64,${huge.toString('base64')}"/>`)
  const detail = await isProblemResponse(t, await bench.tryUpload(bomb), 'too-many-pixels')
  t.match(detail, /images/)
})

t.test('text in an SVG falls back to fonts of the system, as the operation text does', async t => {
  const text = (y: number, content: string) =>
    `<text x="0" y="${y}" font-size="20" font-family="Arial, serif" fill="#00ff00">${content}</text>`
  const drawing = svg(text(20, '你\u0e2a\u0915') + text(40, '&#x4f60;l&#3626;'))
  const { id } = await bench.upload(drawing)
  const pixels = await readPixels(await render(bench, `${id}_resize_w-60.png`))
  const green = [0, 255, 0, 255]
  for (const [x, y] of [
    [10, 10],
    [30, 10],
    [50, 10],
    [10, 30],
  ] as const)
    t.strictSame(pixels.at(x, y), green, `a square at ${x}, ${y}`)
  const latin = [21, 22, 23, 24].map(x => pixels.at(x, 30)[3])
  t.ok(latin.includes(0) && Math.max(...latin.map(alpha => alpha ?? 0)) > 100, `a thin l: ${latin}`)
})

t.test('an SVG has the background of its root element', async t => {
  const styles = [
    ['style="background-color: rgb(255, 0, 0)"', 255, 0, 0, 255],
    ['style="color:#fff;background: light-dark(#f00, var(--x, #121212))"', 255, 0, 0, 255],
    ['style="background: none"', 0, 0, 0, 0],
    ['style="background: unknowncolor"', 0, 0, 0, 0],
    ['style="background-color: rgb(1, 2)"', 0, 0, 0, 0],
    ['data-a="background: red"', 0, 0, 0, 0],
  ] as const
  for (const [style, ...color] of styles) {
    const { id } = await bench.upload(
      svg('<rect width="30" height="40" fill="#00f"/>', `${style} width="60" height="40"`),
    )
    const pixels = await readPixels(await render(bench, `${id}_resize_w-30.png`))
    t.strictSame([pixels.at(5, 5), pixels.at(25, 5)], [[0, 0, 255, 255], color], style)
  }
})

t.test('an SVG with translucent elements far outside of its canvas is shown', async t => {
  const filter =
    '<filter id="f"><feColorMatrix values="0 0 0 0 1  0 0 0 0 1  0 0 0 0 1  0 0 0 1 0"/></filter>'
  const outside = [
    '<rect x="900" y="-700" width="9" height="9" opacity=".5"/>',
    '<g opacity=".5" transform="translate(-800 500)"><rect width="9" height="9"/><circle r="9"/></g>',
    `${filter}<g filter="url(#f)"><rect x="400" width="9" height="9"/></g>`,
    '<g opacity=".5"><path d="M999-999h9v9zM530 57h9v9z"/><rect x="530" y="57" width="9" height="9" opacity=".5"/></g>',
  ]
  for (const element of outside) {
    const { id } = await bench.upload(svg(areas + element))
    await showsCorners(t, await render(bench, `${id}_resize_w-120.png`), element)
  }
})

t.test('an SVG makes no requests, and decompression bombs are rejected', async t => {
  let requests = 0
  const port = await startHttpServer(t, (_, response) => {
    requests++
    response.end()
  })
  const base = `http://127.0.0.1:${port}`
  const reaching = svg(`<style>@import url(${base}/a.css);</style><script>fetch("${base}/b")</script>
    <image href="${base}/c.png" width="60" height="40"/><image href="file:///etc/hostname" width="9" height="9"/>
    <rect width="60" height="40" fill="#00ff00"/>`)
  const { id } = await bench.upload(reaching)
  const dot = await sharp(await render(bench, `${id}_resize_w-2.png`))
    .raw()
    .toBuffer()
  t.strictSame([...dot.subarray(0, 3)], [0, 255, 0])
  t.equal(requests, 0, 'no request was made')

  const layers = Array.from(
    { length: 9 },
    (_, index) => `<g id="u${index + 1}">${`<use href="#u${index}"/>`.repeat(10)}</g>`,
  )
  const entities = Array.from(
    { length: 9 },
    (_, index) => `<!ENTITY e${index + 1} "${`&e${index};`.repeat(10)}">`,
  )
  const bombs: [name: string, file: Buffer, code: 'undecodable' | 'too-many-pixels'][] = [
    [
      'nested use',
      svg(`<rect id="u0" width="1" height="1"/>${layers.join('')}<use href="#u9"/>`),
      'undecodable',
    ],
    [
      'a billion laughs',
      Buffer.from(`<!DOCTYPE svg [<!ENTITY e0 "ha">${entities.join('')}]>${svg('<text>&e9;</text>')}`),
      'undecodable',
    ],
    ['a huge SVG', svg('', 'width="1000000" height="1000000"'), 'too-many-pixels'],
    ['a truncated SVG', cornersSvg.subarray(0, 200), 'undecodable'],
  ]
  for (const [name, file, code] of bombs) {
    const detail = await isProblemResponse(t, await bench.tryUpload(file), code, name)
    t.ok(detail.length > 20, `${name}: ${detail}`)
  }
  await showsCorners(
    t,
    await render(bench, `${(await bench.upload(cornersSvg)).id}_resize_w-30.png`),
    'valid files still render',
  )
})
