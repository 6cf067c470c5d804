import { countProcesses } from '../../processes/config.ts'
import { placeVariable } from '../../processes/shares.ts'
import { command, type Environment } from '../command.ts'

/** How many processes to start; 1 for one of them, and for a wrong number, which the service reports. */
function countOf({ DARKROOM_PROCESSES: given, [placeVariable]: place }: Environment): number {
  return given && place === undefined ? countProcesses({ DARKROOM_PROCESSES: given }) : 1
}

export default command({
  name: 'serve',
  summary: 'serve images, the API and the dashboard; configured by environment variables',
  async run(_, environment) {
    const count = countOf(environment)
    if (count > 1) {
      const { runProcesses } = await import('../processes.ts')
      await runProcesses(count, environment)
    } else {
      const { runService } = await import('../service.ts')
      await runService(environment)
    }
  },
})
