import { type Fault, killParts } from '../fault.ts'

export default {
  name: 'kill worker',
  summary: 'one of two workers killed',
  begin: system => killParts([system.workers[0]]),
} satisfies Fault
