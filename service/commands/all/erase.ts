import { resolve } from 'node:path'
import { UsageError } from '../arguments.ts'
import { command } from '../command.ts'
import { printLine } from '../print.ts'

export default command({
  name: 'erase',
  summary: 'delete a user with all of their data now, wait until it is gone, and write a receipt',
  options: {
    user: { type: 'string', value: 'id|email', required: true, summary: 'the user' },
    receipt: { type: 'string', value: 'file', required: true, summary: 'the file of the receipt, as JSON' },
    by: { type: 'string', value: 'name', summary: 'who erases, for the receipt (default: command line)' },
    yes: { type: 'boolean', summary: 'required, because nothing can be restored afterwards' },
    json: { type: 'boolean', summary: 'print the receipt as JSON' },
  },
  async run({ values: { user, receipt: path, by = 'command line', yes, json } }, environment) {
    if (!yes) throw new UsageError('--yes is required, because nothing can be restored afterwards')
    const { eraseUser } = await import('../erase-user.ts')
    const isTerminal = process.stderr.isTTY
    const receipt = await eraseUser(environment, {
      ...{ user, by, receipt: resolve(path) },
      onProgress: (done, total) => {
        if (isTerminal)
          process.stderr.write(`\r\x1b[2K${done}${total === null ? '' : ` of ${total}`} removed`)
      },
    })
    if (isTerminal) process.stderr.write('\r\x1b[2K')
    printLine(json ? JSON.stringify(receipt) : `erased ${receipt.user}, see ${path}`)
    if (receipt.cdn.configured && !receipt.cdn.purged) {
      process.stderr.write('A CDN was not purged yet: the service goes on to call it.\n')
      process.exitCode = 1
    }
  },
})
