import type { Fault } from '../fault.ts'

export default {
  name: 'empty nats',
  summary: 'NATS killed, its JetStream directory deleted',
  async begin({ nats }) {
    await nats.kill()
    await nats.loseData()
    await nats.restart()
    return { end: async () => undefined }
  },
} satisfies Fault
