import type { Role } from '../../metadata/users.ts'
import { commandLine } from '../accounts.ts'
import { UsageError } from '../arguments.ts'
import { command } from '../command.ts'
import { withAccounts } from '../open.ts'
import { choosePassword } from '../password.ts'
import { printFacts } from '../print.ts'

export default command({
  name: 'user create',
  summary:
    'create a user with a first signing key; prompts for a password on a terminal, otherwise generates one',
  options: {
    email: { type: 'string', value: 'address', required: true, summary: 'the email address to log in with' },
    role: { type: 'string', value: 'role', summary: 'member (the default) or admin' },
    'presets-only': { type: 'boolean', summary: 'allow only presets in their image URLs' },
    originals: { type: 'boolean', summary: 'allow originals despite --presets-only' },
    'password-stdin': {
      type: 'boolean',
      summary: 'read the password from standard input',
    },
    json: { type: 'boolean', summary: 'print the user and the key as JSON' },
  },
  async run({ values }, environment) {
    const { email } = values
    const role = readRole(values.role)
    const { password, isGenerated } = await choosePassword(values['password-stdin'])
    const rights = { presetsOnly: values['presets-only'], originals: values.originals }
    const account = { email, password, role, ...rights }
    const { user, key } = await withAccounts(environment, async ({ app: { auth } }) => {
      const registered = await auth.register(account)
      await auth.audit.record(commandLine, 'user.create', registered.user.id)
      return registered
    })
    printFacts(
      {
        user: user.id,
        email: user.email,
        role,
        ...(isGenerated && { password }),
        key: key.id,
        secret: key.secret.toString('base64url'),
      },
      values.json,
    )
    process.stderr.write(`The ${isGenerated ? 'password and the ' : ''}secret will not be shown again.\n`)
  },
})

function readRole(text = 'member'): Role {
  if (text === 'member' || text === 'admin') return text
  throw new UsageError('--role must be member or admin')
}
