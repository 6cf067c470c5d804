// A bare `node:http` server that holds some files, reads others, and renders the rest, each in the simplest way.
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { applyEncoder } from '../../service/engine/encode/encoders.ts'
import { inspectFile } from '../../service/engine/sources/inspect.ts'
import { configureLibvips, openSource } from '../../service/engine/sources/libvips.ts'
import type { MixQuestion } from './messages.ts'

const maxPixels = 100_000_000

process.once('message', async ({ headers, held, stored, rendered }: MixQuestion) => {
  configureLibvips()
  const bytes = new Map<string, Buffer>()
  for (const [url, file] of Object.entries(held)) bytes.set(url, await readFile(file))
  const files = new Map(Object.entries(stored))
  const jobs = new Map(Object.entries(rendered))
  const prepared = Object.entries(headers).flat()

  const render = async (url: string) => {
    const job = jobs.get(url)
    if (job === undefined) return undefined
    const { facts } = await inspectFile(job.picture, maxPixels)
    const source = openSource(await readFile(job.picture), maxPixels, facts)
    return applyEncoder(source.resize({ width: job.width }), 'jpg', {}).toBuffer()
  }

  const server = createServer(async (request, response) => {
    const url = request.url ?? ''
    const file = files.get(url)
    const data = bytes.get(url) ?? (file === undefined ? await render(url) : await readFile(file))
    if (!data) return response.writeHead(404).end()
    response.writeHead(200, [...prepared, 'content-length', String(data.length)]).end(data)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.send?.(server.address())
})
process.once('disconnect', () => process.exit())
