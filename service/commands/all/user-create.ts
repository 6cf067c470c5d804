import type { Role } from '../../metadata/users.ts'
import { generatePassword } from '../accounts.ts'
import { UsageError } from '../arguments.ts'
import { command } from '../command.ts'
import { withApp } from '../open.ts'
import { askNewPassword, readPasswordLine } from '../password.ts'
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
    const given = await readPassword(values['password-stdin'])
    const password = given ?? generatePassword()
    const rights = { presetsOnly: values['presets-only'], originals: values.originals }
    const account = { email, password, role, ...rights }
    const { user, key } = await withApp(environment, ({ app }) => app.auth.register(account))
    printFacts(
      {
        user: user.id,
        email: user.email,
        role,
        ...(given === undefined && { password }),
        key: key.id,
        secret: key.secret.toString('base64url'),
      },
      values.json,
    )
    process.stderr.write(
      `The ${given === undefined ? 'password and the ' : ''}secret will not be shown again.\n`,
    )
  },
})

function readRole(text = 'member'): Role {
  if (text === 'member' || text === 'admin') return text
  throw new UsageError('--role must be member or admin')
}

/** Reads or prompts for the password. Undefined without `fromInput` and without a terminal. */
async function readPassword(fromInput: boolean | undefined): Promise<string | undefined> {
  if (fromInput) return readPasswordLine(process.stdin)
  return process.stdin.isTTY && process.stderr.isTTY ? askNewPassword() : undefined
}
