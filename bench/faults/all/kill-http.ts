import { type Fault, killParts } from '../fault.ts'

export default {
  name: 'kill http',
  summary: 'one of two http processes killed',
  begin: system => killParts([system.https[0]]),
} satisfies Fault
