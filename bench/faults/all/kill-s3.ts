import { type Fault, killParts } from '../fault.ts'

export default {
  name: 'kill s3',
  summary: 'the S3 server killed',
  begin: system => killParts([system.s3]),
} satisfies Fault
