import { availableParallelism } from 'node:os'
import Type from 'typebox'

/** The most processes of one `darkroom serve`. */
const maxProcesses = 64

/** The variables of this room. */
export const processesConfig = Type.Object({
  DARKROOM_PROCESSES: Type.String({
    pattern: '^(auto|[1-9]|[1-5][0-9]|6[0-4])$',
    default: '1',
    description: `how many processes share the port: 1 to ${maxProcesses}, or \`auto\` for one per core`,
  }),
})

/** The number of processes that the variable asks for. */
export function countProcesses({ DARKROOM_PROCESSES: given }: Type.Static<typeof processesConfig>): number {
  return given === 'auto' ? Math.min(availableParallelism(), maxProcesses) : Number(given)
}
