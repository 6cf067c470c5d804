import { command } from '../command.ts'
import { printFacts } from '../print.ts'

export default command({
  name: 'restore',
  summary: 'restore a backup into an empty database and an empty object store, while no service runs',
  operands: ['target'],
  options: {
    backup: {
      type: 'string',
      value: 'id',
      summary: 'the backup to restore (default: the latest complete one)',
    },
    verify: { type: 'boolean', summary: 'only read the whole backup and compare all hashes; write nothing' },
    replace: {
      type: 'boolean',
      summary: 'delete everything in the database first, and add to the objects that are in the store',
    },
    json: { type: 'boolean', summary: 'print the numbers as JSON' },
  },
  async run(
    { values: { backup, verify = false, replace = false, json }, operands: [place = ''] },
    environment,
  ) {
    const { runRestore } = await import('../run-restore.ts')
    const report = await runRestore(environment, place, { backup, verify, replace })
    printFacts({ ...report }, json)
    if (report.missing + report.damaged > 0) process.exitCode = 1
  },
})
