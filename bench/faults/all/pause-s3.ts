import { type Fault, pausePart } from '../fault.ts'

export default {
  name: 'pause s3',
  summary: 'the S3 server paused',
  begin: system => pausePart(system.s3),
} satisfies Fault
