import type { Accounts } from '../../app.ts'
import type { User } from '../../metadata/users.ts'
import { command } from '../command.ts'
import { withAccounts } from '../open.ts'
import { printLine } from '../print.ts'

const pageSize = 500

export default command({
  name: 'user list',
  summary: 'list users, newest first: email address, role, state, id and time of creation',
  options: { json: { type: 'boolean', summary: 'print one line of JSON per user' } },
  async run({ values }, environment) {
    await withAccounts(environment, async ({ app, signal }) => {
      for await (const user of allUsers(app)) {
        signal.throwIfAborted()
        printLine(describe(user, values.json))
      }
    })
  },
})

async function* allUsers({ metadata: { users } }: Accounts): AsyncGenerator<User> {
  let cursor: string | undefined
  do {
    const page = await users.list({ limit: pageSize, cursor })
    yield* page.items
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
}

function describe(user: User, json: boolean | undefined): string {
  const { id, email, role, presetsOnly, originals, disabled } = user
  const createdAt = user.createdAt.toISOString()
  return json
    ? JSON.stringify({ id, email, role, presetsOnly, originals, disabled, createdAt })
    : [email, role, disabled ? 'disabled' : 'active', id, createdAt].join('\t')
}
