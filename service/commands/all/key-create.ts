import { commandLine, findUser } from '../accounts.ts'
import { command } from '../command.ts'
import { withAccounts } from '../open.ts'
import { printFacts } from '../print.ts'

export default command({
  name: 'key create',
  summary: 'create a signing key for a user and print its secret once',
  options: {
    user: { type: 'string', value: 'email', required: true, summary: 'the user whose URLs it signs' },
    json: { type: 'boolean', summary: 'print the key as JSON' },
  },
  async run({ values }, environment) {
    const key = await withAccounts(environment, async ({ app }) => {
      const created = await app.metadata.signingKeys.create((await findUser(app, values.user)).id)
      await app.auth.audit.record(commandLine, 'signing-key.create', created.id)
      return created
    })
    printFacts({ key: key.id, secret: key.secret.toString('base64url') }, values.json)
    process.stderr.write('The secret will not be shown again.\n')
  },
})
