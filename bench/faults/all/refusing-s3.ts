import type { Fault } from '../fault.ts'

export default {
  name: 'refusing s3',
  summary: 'S3 answers a third of requests with 503',
  async begin({ s3Proxy }) {
    const before = s3Proxy.refused
    s3Proxy.refusedShare = 1 / 3
    return {
      async end() {
        s3Proxy.refusedShare = 0
        return `${s3Proxy.refused - before} requests to S3 refused`
      },
    }
  },
} satisfies Fault
