import { Readable } from 'node:stream'
import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import { drawDemoPhoto } from '../engine/demo-images.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { User } from '../metadata/users.ts'
import type { Logger } from '../telemetry/logger.ts'
import { adminEmail, generatePassword } from './accounts.ts'

/** Generous: the demo picture is a small one. */
const demoMs = 60_000

/**
 * Makes a fresh installation usable: the first administrator, his first signing key and a demo picture, each made
 * once. Then prints where the service is and a URL that shows it at work.
 */
export async function welcome(app: App, config: Config, logger: Logger): Promise<void> {
  const email = adminEmail(config)
  print(`\nDarkroom is ready at ${app.publicUrl}`)
  try {
    if ((await app.users.count()) === 0) await makeFirst(app, config, email)
    const url = await demoUrl(app, email)
    if (url) print(`  a first image   ${url}`)
  } catch (error) {
    // a greeting that fails must not keep a server from serving
    logger.warn({ err: error }, 'the welcome is not complete')
  }
  print('')
}

const print = (line: string) => process.stdout.write(`${line}\n`)

/** His password is printed as soon as it holds: nobody could ever read it again. */
async function makeFirst(app: App, config: Config, email: string): Promise<void> {
  const password = config.DARKROOM_ADMIN_PASSWORD ?? generatePassword()
  const shown = config.DARKROOM_ADMIN_PASSWORD === undefined ? password : '(as configured)'
  const user = await createFirst(app, email, password)
  if (user === undefined) return
  print(`  administrator   ${email}\n  password        ${shown}   (shown only now)`)
  await addDemo(app, user.id)
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
  if (user === undefined || (await app.signingKeys.findNewestActive(user.id)) === undefined) return undefined
  const { items } = await app.http.images.list(user.id, { limit: 1, sort: 'createdAt' })
  const image = items[0]
  if (image === undefined) return undefined
  const operations = [{ op: 'resize', w: 800 }]
  const signed = app.http.signer.sign(user.id, { imageId: image.id, operations, format: 'jpg' })
  return (await signed).url
}

async function addDemo({ http: { uploads } }: App, userId: string): Promise<void> {
  const signal = AbortSignal.timeout(demoMs)
  const file = await uploads.receive(Readable.from([await drawDemoPhoto()]), signal)
  try {
    await uploads.accept(userId, file, { title: 'Dunes at dusk', tags: ['demo'] }, signal)
  } finally {
    await file.dispose()
  }
}
