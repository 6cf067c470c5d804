import { type Fault, killParts } from '../fault.ts'

export default {
  name: 'kill all',
  summary: 'all processes and servers killed at once',
  begin: ({ members, postgres, nats, s3, nginx }) => killParts([...members, nginx, postgres, nats, s3]),
} satisfies Fault
