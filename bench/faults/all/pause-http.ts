import { type Fault, pausePart } from '../fault.ts'

export default {
  name: 'pause http',
  summary: 'one of two http processes paused',
  begin: system => pausePart(system.https[1]),
} satisfies Fault
