import { commandLine, findUser } from '../accounts.ts'
import { command } from '../command.ts'
import { withAccounts } from '../open.ts'
import { choosePassword } from '../password.ts'
import { printFacts } from '../print.ts'

export default command({
  name: 'user password',
  summary:
    'end all sessions of a user and set a new password; prompts for it on a terminal, otherwise generates one',
  operands: ['email'],
  options: {
    'password-stdin': { type: 'boolean', summary: 'read the password from standard input' },
    json: { type: 'boolean', summary: 'print the user as JSON' },
  },
  async run({ values, operands: [email = ''] }, environment) {
    const { password, isGenerated } = await choosePassword(values['password-stdin'])
    const user = await withAccounts(environment, async ({ app }) => {
      const found = await findUser(app, email)
      await app.auth.administration.resetPassword(found.id, password)
      await app.auth.audit.record(commandLine, 'password.reset', found.id)
      return found
    })
    printFacts({ user: user.id, email: user.email, ...(isGenerated && { password }) }, values.json)
    if (isGenerated) process.stderr.write('The password will not be shown again.\n')
    if (user.disabled)
      process.stderr.write(
        'The user is disabled: an administrator has to enable them before they can log in.\n',
      )
  },
})
