import { command } from '../command.ts'
import serve from './serve.ts'

export default command({
  name: 'worker',
  summary: 'run the jobs that http processes enqueue (like serve with DARKROOM_ROLE=worker)',
  run: (_, environment) => serve.run([], { ...environment, DARKROOM_ROLE: 'worker' }),
})
