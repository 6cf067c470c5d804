import { type Fault, findTooFewFiles, holdIdle } from '../fault.ts'

export default {
  name: 'idle at http',
  summary: '10,000 idle connections at an http process',
  findObstacle: findTooFewFiles,
  begin: ({ https }) => holdIdle(https[0].port),
} satisfies Fault
