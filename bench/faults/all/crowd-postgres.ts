import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import type { Fault } from '../fault.ts'

/** How often the sessions of Darkroom are ended, whose places are then taken, in milliseconds. */
const roundMs = 200
/** How many connections are opened at once. */
const atOnce = 10

export default {
  name: 'crowd postgres',
  summary: 'Postgres out of connections: another program takes all of them',
  async begin({ postgres }) {
    const ended = new AbortController()
    const crowd: pg.Client[] = []
    const take = async () => {
      const client = new pg.Client({ connectionString: postgres.url, application_name: 'crowd' })
      client.on('error', () => {})
      await client.connect()
      crowd.push(client)
    }
    const occupy = async () => {
      while (!ended.signal.aborted) {
        await crowd[0]
          ?.query(
            `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'darkroom'`,
          )
          .catch(() => {})
        await Promise.allSettled(Array.from({ length: atOnce }, take))
        await setTimeout(roundMs, undefined, { signal: ended.signal }).catch(() => {})
      }
    }
    const occupying = occupy()
    return {
      async end() {
        ended.abort()
        await occupying
        await Promise.allSettled(crowd.map(client => client.end()))
        return `${crowd.length} taken`
      },
    }
  },
} satisfies Fault
