import { dataDirectoryOf } from '../../app.ts'
import type { Environment } from '../command.ts'
import { readCommandConfig } from '../open.ts'
import { checkDatabase, checkStore } from './dependencies.ts'
import { checkDataDirectory, checkMachine } from './machine.ts'
import { checkPorts } from './ports.ts'
import { checkQueue } from './queue.ts'
import { Report } from './report.ts'

/** The checks that need a valid configuration, in the order in which they run. */
const checksOfConfiguration = [
  ...['data directory', 'object store', 'master key', 'database', 'schema', 'database clock', 'signing keys'],
  ...['queue', 'port', 'metrics port'],
]

/** Checks every part of an installation, and prints the results. @returns the number of failed checks */
export async function examine(environment: Environment, json: boolean | undefined): Promise<number> {
  const report = new Report(json)
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
  return report.failed
}
