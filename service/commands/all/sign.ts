import type { App } from '../../app.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import { parseUserId } from '../../url/signed-url.ts'
import { findUser } from '../accounts.ts'
import { UsageError } from '../arguments.ts'
import { command } from '../command.ts'
import { withApp } from '../open.ts'
import { printLine } from '../print.ts'

export default command({
  name: 'sign',
  summary: 'print the signed URL of a path such as /processed/<userId>/<imageId>_resize_w-500.webp',
  operands: ['path'],
  options: {
    user: {
      type: 'string',
      value: 'email',
      summary: 'the user whose key signs (default: the user in the path)',
    },
    expires: { type: 'string', value: 'seconds', summary: 'how long the URL is valid (default: forever)' },
    policy: {
      type: 'string',
      value: 'name',
      summary:
        'sign with this policy: the query is then valid for every URL of the image that the policy allows',
    },
    download: {
      type: 'string',
      value: 'name',
      summary: 'the file name under which a browser saves the image instead of showing it',
    },
    json: { type: 'boolean', summary: 'print url, path and expires as JSON' },
  },
  async run({ values, operands: [path = ''] }, environment) {
    const expiresIn = await readExpiry(values.expires)
    const signed = await withApp(environment, async ({ app }) => {
      const userId = values.user ? (await findUser(app, values.user)).id : await findOwner(app, path)
      return app.delivery.signer.sign(userId, {
        path,
        expiresIn,
        policy: values.policy,
        download: values.download,
      })
    })
    printLine(values.json ? JSON.stringify(signed) : signed.url)
  },
})

async function readExpiry(text: string | undefined): Promise<number | undefined> {
  if (text === undefined) return undefined
  const { maxExpiresIn } = await import('../../delivery/signing.ts')
  const seconds = /^\d+$/.test(text) ? Number(text) : 0
  if (seconds >= 1 && seconds <= maxExpiresIn) return seconds
  throw new UsageError(`--expires must be a whole number of seconds from 1 to ${maxExpiresIn}`)
}

/** The user in the path; an empty string when there is none, so that signing reports what is wrong with the path. */
async function findOwner({ metadata: { users } }: App, path: string): Promise<string> {
  const userId = parseUserId(path)
  if (userId === undefined || (await users.findById(userId))) return userId ?? ''
  throw new DarkroomError('not-found', `no user has the id ${userId}`)
}
