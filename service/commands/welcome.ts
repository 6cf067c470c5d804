import { Readable } from 'node:stream'
import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import { drawDemo } from '../engine/demo.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { User } from '../metadata/users.ts'
import { adminEmail, generatePassword } from './accounts.ts'

/** Generous: the demo picture is a small one. */
const demoMs = 60_000

/**
 * Makes a fresh installation usable: the first administrator, his first signing key and a demo picture, each made
 * once. Then prints where the service is and a URL that shows it at work.
 */
export async function welcome(app: App, config: Config): Promise<void> {
  const email = adminEmail(config)
  const lines = [`Darkroom is ready at ${app.publicUrl}`]
  if ((await app.users.count()) === 0) {
    const password = config.DARKROOM_ADMIN_PASSWORD ?? generatePassword()
    const shown = config.DARKROOM_ADMIN_PASSWORD === undefined ? password : '(as configured)'
    const user = await createFirst(app, email, password)
    if (user) await addDemo(app, user.id)
    if (user) lines.push(`  administrator   ${email}`, `  password        ${shown}   (shown only now)`)
  }
  const url = await demoUrl(app, email)
  if (url) lines.push(`  a first image   ${url}`)
  process.stdout.write(`\n${lines.join('\n')}\n\n`)
}

/** Undefined when another process, started at the same time, was faster. */
async function createFirst(app: App, email: string, password: string): Promise<User | undefined> {
  try {
    return (await app.register({ email, password, role: 'admin' })).user
  } catch (error) {
    if (error instanceof DarkroomError && error.code === 'conflict') return undefined
    throw error
  }
}

/** A signed URL of the administrator's first picture, if he has one. */
async function demoUrl(app: App, email: string): Promise<string | undefined> {
  const user = await app.users.findByEmail(email)
  if (user === undefined || (await app.signingKeys.newestActive(user.id)) === undefined) return undefined
  const { items } = await app.http.images.list(user.id, { limit: 1, sort: 'createdAt' })
  const image = items[0]
  if (image === undefined) return undefined
  const operations = [{ op: 'resize', w: 800 }]
  return (await app.http.signer.sign(user.id, { imageId: image.id, operations, format: 'jpg' })).url
}

async function addDemo({ http: { uploads } }: App, userId: string): Promise<void> {
  const signal = AbortSignal.timeout(demoMs)
  const file = await uploads.receive(Readable.from([await drawDemo()]), signal)
  try {
    await uploads.accept(userId, file, { title: 'Dunes at dusk', tags: ['demo'] }, signal)
  } finally {
    await file.dispose()
  }
}
