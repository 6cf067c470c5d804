import { type Fault, pausePart } from '../fault.ts'

export default {
  name: 'pause nats',
  summary: 'NATS paused',
  begin: system => pausePart(system.nats),
} satisfies Fault
