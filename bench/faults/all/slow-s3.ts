import type { Fault } from '../fault.ts'

/** How long each request waits, in milliseconds. */
const delayMs = 2_000

export default {
  name: 'slow s3',
  summary: `S3 answers each request ${delayMs / 1000} s later`,
  async begin({ s3Proxy }) {
    s3Proxy.delayMs = delayMs
    return {
      async end() {
        s3Proxy.delayMs = 0
        return undefined
      },
    }
  },
} satisfies Fault
