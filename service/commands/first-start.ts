import { Readable } from 'node:stream'
import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import { drawDemoPhoto } from '../engine/demo-images.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { User } from '../metadata/users.ts'
import type { Logger } from '../telemetry/logger.ts'
import { adminEmail, generatePassword } from './accounts.ts'
import { printLine } from './print.ts'

/** How long storing the demo image may take, in milliseconds. */
const demoMs = 60_000

/**
 * Makes a new installation usable, before the service accepts connections: creates the first administrator with a
 * signing key, and a demo image. Does nothing when there are users already.
 */
export async function prepareFirstStart(app: App, config: Config, logger: Logger): Promise<void> {
  if ((await app.metadata.users.count()) > 0) return
  const email = adminEmail(config)
  const password = config.DARKROOM_ADMIN_PASSWORD ?? generatePassword()
  const user = await createAdministrator(app, email, password)
  if (user === undefined) return
  printLine(`\nCreated the first administrator:\n\n  Email      ${email}`)
  // printed at once, as the password cannot be recovered if a later step fails
  if (config.DARKROOM_ADMIN_PASSWORD === undefined) printLine(`  Password   ${password}   (shown only once)`)
  await addDemo(app, user.id).catch(error => logger.warn({ err: error }, 'failed to store the demo image'))
}

/** Returns undefined when another process created the administrator at the same time. */
async function createAdministrator(app: App, email: string, password: string): Promise<User | undefined> {
  try {
    return (await app.auth.register({ email, password, role: 'admin' })).user
  } catch (error) {
    if (error instanceof DarkroomError && error.code === 'conflict') return undefined
    throw error
  }
}

async function addDemo({ ingest: { uploads } }: App, userId: string): Promise<void> {
  const signal = AbortSignal.timeout(demoMs)
  const file = await uploads.receive(Readable.from([await drawDemoPhoto()]), signal)
  try {
    await uploads.accept(userId, file, { title: 'Dunes at dusk', tags: ['demo'] }, signal)
  } finally {
    await file.dispose()
  }
}
