import { UsageError } from '../arguments.ts'
import { command } from '../command.ts'
import { printFacts } from '../print.ts'

export default command({
  name: 'backup',
  summary:
    'write a backup of the database and the originals to a folder or s3://bucket/prefix; the service may run',
  operands: ['target'],
  options: {
    originals: {
      type: 'string',
      value: 'copy|reference',
      summary:
        'copy the originals (default), or note only their names and hashes: the bucket is backed up otherwise',
    },
    json: { type: 'boolean', summary: 'print the numbers as JSON' },
  },
  async run({ values: { originals = 'copy', json }, operands: [place = ''] }, environment) {
    if (originals !== 'copy' && originals !== 'reference')
      throw new UsageError('--originals must be copy or reference')
    const { runBackup } = await import('../run-backup.ts')
    const report = await runBackup(environment, place, originals)
    printFacts({ ...report }, json)
    process.stderr.write(
      'The master key is NOT in the backup: keep DARKROOM_MASTER_KEY, or the file master.key, in another safe place. Without it, the backup cannot be restored.\n',
    )
    if (report.missing + report.damaged > 0) process.exitCode = 1
  },
})
