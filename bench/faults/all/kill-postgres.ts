import { type Fault, killParts } from '../fault.ts'

export default {
  name: 'kill postgres',
  summary: 'Postgres killed',
  begin: system => killParts([system.postgres]),
} satisfies Fault
