import { type Fault, pausePart } from '../fault.ts'

export default {
  name: 'pause postgres',
  summary: 'Postgres paused',
  begin: system => pausePart(system.postgres),
} satisfies Fault
