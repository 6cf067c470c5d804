import { type Fault, pausePart } from '../fault.ts'

export default {
  name: 'pause worker',
  summary: 'one of two workers paused',
  begin: system => pausePart(system.workers[1]),
} satisfies Fault
