import { connect } from 'nats'
import type { System } from '../system.ts'

/** How many jobs wait in the queue or run. */
export async function countQueued({ nats }: Pick<System, 'nats'>): Promise<number> {
  const connection = await connect({ servers: nats.url, timeout: 10_000 })
  try {
    const { streams } = await connection.jetstreamManager()
    return (await streams.info('darkroom-jobs')).state.messages
  } finally {
    await connection.close()
  }
}
