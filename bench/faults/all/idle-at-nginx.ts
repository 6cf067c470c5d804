import { type Fault, findTooFewFiles, holdIdle } from '../fault.ts'

export default {
  name: 'idle at nginx',
  summary: '10,000 idle connections at nginx',
  findObstacle: findTooFewFiles,
  begin: ({ nginx }) => holdIdle(nginx.port),
} satisfies Fault
