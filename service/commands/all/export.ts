import { command } from '../command.ts'
import { printFacts } from '../print.ts'

export default command({
  name: 'export',
  summary:
    'write what is stored about a user, as lines of JSON, and their originals to a folder or s3://bucket/prefix',
  operands: ['target'],
  options: {
    user: { type: 'string', value: 'id|email', required: true, summary: 'the user' },
    json: { type: 'boolean', summary: 'print the numbers as JSON' },
  },
  async run({ values: { user, json }, operands: [place = ''] }, environment) {
    const { runExport } = await import('../run-export.ts')
    const report = await runExport(environment, place, user)
    printFacts({ ...report }, json)
    if (report.missing + report.damaged > 0) process.exitCode = 1
  },
})
