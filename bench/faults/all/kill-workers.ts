import { type Fault, killParts } from '../fault.ts'

export default {
  name: 'kill workers',
  summary: 'both workers killed',
  begin: ({ workers }) => killParts(workers),
} satisfies Fault
