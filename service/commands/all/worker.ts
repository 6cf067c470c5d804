import { command } from '../command.ts'
import serve from './serve.ts'

export default command({
  name: 'worker',
  summary: 'do the heavy work of other processes (as serve does with DARKROOM_ROLE=worker)',
  run: (_, environment) => serve.run([], { ...environment, DARKROOM_ROLE: 'worker' }),
})
