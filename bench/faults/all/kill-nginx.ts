import { type Fault, killParts } from '../fault.ts'

export default {
  name: 'kill nginx',
  summary: 'nginx killed',
  begin: system => killParts([system.nginx]),
} satisfies Fault
