import { dataDirectoryOf } from '../../app.ts'
import { command } from '../command.ts'
import { checkDatabase, checkStore } from '../doctor/dependencies.ts'
import { checkDataDirectory, checkMachine } from '../doctor/machine.ts'
import { checkPorts } from '../doctor/ports.ts'
import { checkQueue } from '../doctor/queue.ts'
import { Report } from '../doctor/report.ts'
import { readCommandConfig } from '../open.ts'

/** The checks that need a valid configuration, in the order in which they run. */
const checksOfConfiguration = [
  ...['data directory', 'object store', 'master key', 'database', 'schema', 'database clock', 'signing keys'],
  ...['queue', 'port', 'metrics port'],
]

export default command({
  name: 'doctor',
  summary: 'check every part of this installation and print how to fix what fails',
  options: { json: { type: 'boolean', summary: 'print one line of JSON per check' } },
  async run({ values }, environment) {
    const report = new Report(values.json)
    await checkMachine(report)
    const prepared = await report.check('configuration', 'correct these variables', async () => ({
      detail: 'every variable is valid',
      // the checks report failures themselves, so components need not log them
      value: await readCommandConfig({ ...environment, LOG_LEVEL: environment.LOG_LEVEL || 'fatal' }),
    }))
    if (prepared) {
      const { config, logger } = prepared
      await checkDataDirectory(report, dataDirectoryOf(config))
      await checkStore(report, config)
      await checkDatabase(report, config, logger)
      await checkQueue(report, config, logger)
      await checkPorts(report, config)
    } else {
      report.skip(checksOfConfiguration, 'requires a valid configuration')
    }
    if (report.failed > 0) process.exitCode = 1
  },
})
