import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { createApi, createClient, policyTemplates } from '../client/dist/client/index.js'

const program = fileURLToPath(new URL('../dist/program/darkroom.cjs', import.meta.url))
const credentials = { email: 'examples@example.com', password: 'correct-horse-battery' }
/** How long the service may take to start, in milliseconds. */
const patienceMs = 120_000

/** A boat at sea, 1600 × 1200. */
const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 120" width="1600" height="1200">
  <rect width="160" height="70" fill="#9cf"/><rect y="70" width="160" height="50" fill="#258"/>
  <path d="M40 72h80l-14 18H54z" fill="#632"/><path d="M78 20v50M80 22l26 42H80z" stroke="#632" fill="#fff"/>
</svg>`

/** Starts a service with one image, the policies of the templates, and a signing key. */
export async function startDarkroom(folder) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [program, 'serve'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      PORT: String(port),
      DARKROOM_METRICS_PORT: String(await freePort()),
      DARKROOM_DATA_DIR: folder,
      DARKROOM_PUBLIC_URL: url,
      DARKROOM_ADMIN_EMAIL: credentials.email,
      DARKROOM_ADMIN_PASSWORD: credentials.password,
    },
  })
  const ended = once(child, 'exit')
  await untilReady(`${url}/readyz`, child)
  return {
    url,
    variables: await fill(url),
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function untilReady(url, child) {
  const limit = Date.now() + patienceMs
  while (Date.now() < limit && child.exitCode === null) {
    const isReady = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return
    await sleep(250)
  }
  throw new Error('the service did not start')
}

/** Uploads the image, and returns the variables that the examples need. */
async function fill(url) {
  const login = await fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(credentials),
  })
  const { accessToken } = await login.json()
  const api = createApi({ baseUrl: url, token: accessToken })
  const photo = await sharp(Buffer.from(drawing)).jpeg().toBuffer()
  const image = await api.images.upload(new Blob([photo], { type: 'image/jpeg' }), { title: 'A boat' })
  for (const [name, rules] of Object.entries(policyTemplates)) await api.policies.put(name, rules)
  const { id: keyId, secret } = await api.signingKeys.create()
  const images = createClient({ baseUrl: url, userId: image.userId, keyId, secret })
  return {
    DARKROOM_URL: url,
    DARKROOM_USER: image.userId,
    DARKROOM_KEY: keyId,
    DARKROOM_SECRET: secret,
    DARKROOM_IMAGE: image.id,
    VITE_DARKROOM_SIGNED: await images.url(image.id, [], { policy: 'unpic' }),
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}
