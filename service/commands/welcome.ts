import { type App, dataDirectoryOf } from '../app.ts'
import type { Config } from '../config.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { Logger } from '../telemetry/logger.ts'
import { adminEmail } from './accounts.ts'
import { printLine } from './print.ts'

/** The last line of the welcome, which scripts can wait for: the service accepts requests. */
const nextStep = 'Next: sign in, upload an image and copy its URL. docs/getting-started.md shows how.'

/** Prints where the service is, an image URL to try, where data is stored and how to stop. */
export async function welcome(app: App, config: Config, logger: Logger): Promise<void> {
  const imageUrl = await demoUrl(app, adminEmail(config)).catch(error => {
    logger.warn({ reason: messageOf(error) }, 'failed to sign a URL of the first image')
  })
  const rows = [
    ['Dashboard', `${app.publicUrl}/`],
    ...(imageUrl === undefined ? [] : [['Image', imageUrl]]),
    ...(hasEmbeddedParts(config) ? [['Data', dataDirectoryOf(config)]] : []),
    ['Stop', 'Ctrl+C'],
  ]
  printLine(`\nDarkroom is ready at ${app.publicUrl}\n`)
  for (const [name = '', value] of rows) printLine(`  ${name.padEnd(11)}${value}`)
  printLine(`\n${nextStep}\n`)
}

/** A signed URL of the administrator's newest image, if there is one. */
async function demoUrl(app: App, email: string): Promise<string | undefined> {
  const user = await app.metadata.users.findByEmail(email)
  if (user === undefined || (await app.metadata.signingKeys.findNewestActive(user.id)) === undefined)
    return undefined
  const { items } = await app.metadata.images.list(user.id, { limit: 1, sort: 'createdAt' })
  const image = items[0]
  if (image === undefined) return undefined
  const operations = [{ op: 'resize', w: 800 }]
  const { url } = await app.delivery.signer.sign(user.id, { imageId: image.id, operations, format: 'jpg' })
  return url
}

/** Whether the data directory holds the database or the stored files. */
const hasEmbeddedParts = (config: Config) =>
  config.DATABASE_URL === undefined || config.DARKROOM_STORAGE_URL === undefined
