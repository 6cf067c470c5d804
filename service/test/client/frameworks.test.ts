import { policyTemplates } from 'darkroom/client'
import darkroomLoader from 'darkroom/next'
import darkroomProvider, { getImage } from 'darkroom/nuxt'
import { extract, generate, transform } from 'darkroom/unpic'
import sharp from 'sharp'
import { type Bench, build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'

/** A picture of 800 × 600, and a URL of it that the service signed by a policy, as a page would get it. */
async function granted(bench: Bench, file = '.auto'): Promise<string> {
  const { id } = await bench.upload(await photo(800, 600).jpeg().toBuffer())
  const operations = { resize: true, encode: ['q'], flip: true, grayscale: true }
  const rules = { operations: { ...operations, encode: { q: { min: 1, max: 90 } } } }
  await read(await callJson(bench, 'PUT', '/api/v1/policies/web', rules))
  const path = `/processed/${bench.userId}/${id}${file}`
  const answer = await callJson(bench, 'POST', '/api/v1/sign', { path, policy: 'web' })
  return (await read<{ url: string }>(answer)).url
}

/** The format and the size of the image that a browser gets. */
async function shown(url: string, accept = 'image/webp,*/*'): Promise<string> {
  const { format, width, height } = await sharp(
    await bytesOf(await fetch(url, { headers: { accept } })),
  ).metadata()
  return `${format} ${width}x${height}`
}

t.test('Next.js loader: sets width and quality', async t => {
  const bench = await build(t)
  const src = await granted(bench)
  t.equal(await shown(darkroomLoader({ src, width: 384 })), 'webp 384x288')
  t.equal(await shown(darkroomLoader({ src, width: 640 }), '*/*'), 'jpeg 640x480')
  t.equal(await shown(darkroomLoader({ src, width: 3840 })), 'webp 800x600', 'never larger than the original')
  const [rough, fine] = await Promise.all(
    [20, 90].map(async quality => bytesOf(await fetch(darkroomLoader({ src, width: 384, quality })))),
  )
  t.ok(rough!.length < fine!.length)
  const refused = await fetch(darkroomLoader({ src, width: 384, quality: 95 }))
  await isProblemResponse(t, refused, 'forbidden', 'the policy limits the quality')
  const cropped = await granted(bench, '_resize_w-400,h-400_grayscale.png')
  t.equal(await shown(darkroomLoader({ src: cropped, width: 200 })), 'png 200x200', 'the same crop')
  t.equal(darkroomLoader({ src: '/_next/static/media/logo.png', width: 64 }), '/_next/static/media/logo.png')
})

t.test('Nuxt Image provider: maps its modifiers', async t => {
  const bench = await build(t)
  const src = await granted(bench)
  const modifiers = { width: 300, height: '300', fit: 'contain', background: '#f00', format: 'png' }
  const { url } = darkroomProvider().getImage(src, { modifiers, baseURL: 'http://elsewhere.example' })
  t.equal(await shown(url), 'png 300x300')
  const { data } = await sharp(await bytesOf(await fetch(url)))
    .raw()
    .toBuffer({ resolveWithObject: true })
  t.strictSame([...data.subarray(0, 3)], [255, 0, 0], 'the colour of the padding')
  t.equal(
    await shown(getImage(src, { modifiers: { width: '400', quality: '60', format: 'jpeg' } }).url),
    'jpeg 400x300',
  )

  const path = src.slice(bench.url.length)
  t.equal(await shown(getImage(path, { modifiers: { width: 200 }, baseURL: bench.url }).url), 'webp 200x150')
  t.equal(await shown(getImage(src).url), 'webp 800x600')
  t.strictSame(getImage('/logo.svg', { modifiers: { width: 20 } }), { url: '/logo.svg' })
})

t.test('unpic: URLs are extracted and generated', async t => {
  const bench = await build(t)
  const src = await granted(bench, '_flip_resize_w-400,h-200_encode_q-70.webp')
  const extracted = extract(src)!
  t.match(extracted.operations, { width: 400, height: 200, quality: 70, format: 'webp' })
  t.equal(
    await shown(extracted.src, 'image/png,*/*;q=0.1'),
    'png 800x600',
    'the image itself, under the same signature',
  )
  t.equal(generate(extracted.src, extracted.operations), src)
  t.equal(await shown(generate(extracted.src, { width: 320, height: 320, format: 'jpeg' })), 'jpeg 320x320')

  t.equal(await shown(transform(src, { width: 200 })), 'webp 200x100')
  t.equal(await shown(transform(src, { height: 50 })), 'webp 100x50')
  t.equal(await shown(transform(new URL(src), { width: 100, height: 100, format: 'png' })), 'png 100x100')
  const [kept, mirrored] = await Promise.all(
    [transform(src, {}), transform(src, { operations: [], width: 400, height: 200, quality: 70 })].map(
      async url => bytesOf(await fetch(url)),
    ),
  )
  t.notOk(kept!.equals(mirrored!), 'other operations are kept unless they are replaced')
})

t.test('policy templates allow what their framework asks for, and no other operation', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(await photo(400, 300).jpeg().toBuffer())
  const signedWith = async (policy: keyof typeof policyTemplates) => {
    await read(await callJson(bench, 'PUT', `/api/v1/policies/${policy}`, policyTemplates[policy]))
    const answer = await callJson(bench, 'POST', '/api/v1/sign', { imageId: id, policy, format: 'auto' })
    return (await read<{ url: string }>(answer)).url
  }
  const [next, nuxt, unpic, astro] = [
    await signedWith('next'),
    await signedWith('nuxt'),
    await signedWith('unpic'),
    await signedWith('astro'),
  ]
  // the defaults of the frameworks: widths, densities and qualities
  const allowed: Record<string, string> = {
    'the smallest width of Next.js': darkroomLoader({ src: next, width: 16, quality: 75 }),
    'the largest width of Next.js': darkroomLoader({ src: next, width: 3840, quality: 75 }),
    'all modifiers of Nuxt Image': getImage(nuxt, {
      modifiers: {
        ...{ width: 640, height: 640, fit: 'contain', background: '#ffffff' },
        ...{ blur: 5, quality: 80, format: 'webp', gravity: 'face' },
      },
    }).url,
    'a density of Nuxt Image': getImage(nuxt, { modifiers: { width: 1536, format: 'avif' } }).url,
    'the example of unpic': transform(unpic, { width: 1600, height: 1200 }),
    'a tall image of unpic': transform(unpic, { width: 2400, height: 7200, format: 'jpeg', quality: 90 }),
    'the sizes of Astro': transform(astro, {
      width: 1280,
      height: 720,
      fit: 'cover',
      format: 'webp',
      quality: 80,
    }),
  }
  for (const [name, url] of Object.entries(allowed)) {
    const response = await fetch(url, { headers: { accept: 'image/webp,*/*' } })
    t.equal(response.status, 200, name)
    await response.body?.cancel()
  }
  const refused = [next, nuxt, unpic, astro].map(src => transform(src, { operations: [{ op: 'sepia' }] }))
  refused.push(transform(next, { blur: 5 }), transform(unpic, { format: 'tiff' }))
  for (const url of refused) await isProblemResponse(t, await fetch(url), 'forbidden', url)
})
