import { type Fault, pausePart } from '../fault.ts'

export default {
  name: 'pause nginx',
  summary: 'nginx paused',
  begin: system => pausePart(system.nginx),
} satisfies Fault
