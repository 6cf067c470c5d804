import { readFile } from 'node:fs/promises'
import { type CORSConfiguration, PutBucketCorsCommand, S3Client } from '@aws-sdk/client-s3'
import { type Bench, build, type Environment } from '../support/build.ts'
import { complete, inBucket, type Received, startUpload, type UploadTarget } from '../support/direct.ts'
import { startHttpServer } from '../support/http-server.ts'
import { photo } from '../support/pictures.ts'
import { findChromiumObstacle, openPage, startChromium } from '../support/services/chromium.ts'
import { type S3Server, sharedS3 } from '../support/services/s3.ts'
import { read } from '../support/session.ts'
import t, { skipFile, type Test } from '../support/tap.ts'

const obstacle = await findChromiumObstacle()
if (obstacle) skipFile(`no browser to test with: ${obstacle}`)
const server = await sharedS3()
t.teardown(() => server?.stop())
const browser = await startChromium(t)
const picture = await photo(300, 200).jpeg().toBuffer()

/** A page of another origin. */
async function page(t: Test) {
  const port = await startHttpServer(t, (_request, response) =>
    response.setHeader('content-type', 'text/html').end('<p>here'),
  )
  const origin = `http://127.0.0.1:${port}`
  const { page } = await openPage(browser, origin)
  await page.goto('/')
  /** Uploads a file from the page by PUT; returns the status, or 0 if the browser hides the response from the page. */
  const put = ({ url, headers }: UploadTarget, file: Buffer) =>
    page.evaluate(
      async ({ url, headers, file }) => {
        const body = new Blob([Uint8Array.from(atob(file), letter => letter.charCodeAt(0))], {
          type: 'image/jpeg',
        })
        const answer = await fetch(url, { method: 'PUT', headers, body }).catch(error => error)
        return answer instanceof Response ? answer.status : 0
      },
      { url, headers, file: file.toString('base64') },
    )
  return { origin, put }
}

/** Allows pages of an origin to put files into a bucket, with the rule of the docs. */
async function allow({ endpoint, ...credentials }: S3Server, environment: Environment, origin: string) {
  const text = await readFile(new URL('../../../../docs/uploads.md', import.meta.url), 'utf8')
  const rule = /```json\n(\{\s*"CORSRules"[\s\S]*?)```/.exec(text)?.[1] ?? ''
  const rules: CORSConfiguration = JSON.parse(rule.replace('https://app.example.org', origin))
  const Bucket = new URL(environment.DARKROOM_STORAGE_URL ?? '').host
  const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true })
  await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: rules }))
  client.destroy()
}

async function becomesAnImage(t: Test, bench: Bench, { id }: UploadTarget): Promise<void> {
  t.match(await read<Received>(await complete(bench, id), 201), { width: 300, bytes: picture.length })
}

t.test('a page of another origin puts a file to the service', async t => {
  const bench = await build(t)
  const { put } = await page(t)
  const target = await startUpload(bench, picture)
  t.equal(await put(target, picture.subarray(1)), 422, 'the page can read errors')
  t.equal(await put({ ...target, url: target.url.replace(/s=[^&]*/, 's=') }, picture), 403)
  t.equal(await put(target, picture), 204)
  await becomesAnImage(t, bench, target)
})

const skip = server ? false : 'there is no S3 server'
t.test('a page of another origin puts a file into a bucket that allows it', { skip }, async t => {
  if (server === undefined) return
  const environment = await inBucket(server)
  const bench = await build(t, environment)
  const { origin, put } = await page(t)
  const target = await startUpload(bench, picture)
  t.equal(await put(target, picture), 0, 'the browser blocks it without a rule')
  await allow(server, environment, origin)
  t.equal(await put(target, picture), 200)
  await becomesAnImage(t, bench, target)
})
