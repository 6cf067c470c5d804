import { type Fault, killParts } from '../fault.ts'

export default {
  name: 'kill nats',
  summary: 'NATS killed',
  begin: system => killParts([system.nats]),
} satisfies Fault
