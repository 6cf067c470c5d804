import type { Inputs } from './options.ts'
import type { Needs } from './sizing.ts'

/** A part of which a deployment has one, and that cannot be multiplied by starting more processes. */
export interface Part {
  readonly name: string
  /** How much of it a site uses in its busiest minute: 1 is all of it. */
  readonly use: (needs: Needs, inputs: Inputs) => number
  /** What to do when it is not enough. */
  readonly remedy: string
}

export const parts: readonly Part[] = [
  {
    name: 'network of the machine in front',
    use: ({ originGbit }, inputs) => originGbit / inputs['front-gbit'],
    remedy: 'a [CDN](deployment.md#a-cdn), or several machines in front, by DNS',
  },
  {
    name: 'cores of Postgres',
    use: ({ databaseCores }, inputs) => databaseCores / inputs['database-cores'],
    remedy: 'a CDN and memory tiers, which save the rows of hits; then [cells](#cells)',
  },
  {
    name: 'disk of Postgres',
    use: ({ databaseTb }, inputs) => databaseTb / inputs['database-tb'],
    remedy: '`DARKROOM_STORE_MAX_GB` removes rows of derivatives, too; then [cells](#cells)',
  },
  {
    name: 'connections of Postgres',
    use: ({ connections }, inputs) => connections / inputs['database-connections'],
    remedy: '[PgBouncer](deployment.md#database-connections), or a smaller `DARKROOM_DATABASE_POOL`',
  },
  {
    name: 'NATS, jobs',
    use: ({ jobs }, inputs) => jobs / inputs['nats-messages'],
    remedy: '`DARKROOM_FINAL_REQUESTS`, so that fewer finals are ordered; then [cells](#cells)',
  },
  {
    name: 'bucket, reads of the largest user',
    use: ({ userGets }, inputs) => userGets / inputs['prefix-gets'],
    remedy: '`DARKROOM_MEMORY_CACHE_MB` and a CDN, which save reads; Amazon divides busy prefixes by itself',
  },
  {
    name: 'bucket, writes of the largest user',
    use: ({ userPuts }, inputs) => userPuts / inputs['prefix-puts'],
    remedy: 'a limit of renderings a day for this user',
  },
]

/** What takes most of the CPU time of the machines, and the variable that moves it. */
export function busiestOf({ work }: Needs): { name: string; share: number; remedy: string } {
  const { hits, store, renders, finals, ingest } = work
  const all = hits + store + renders + finals + ingest
  const kinds = [
    {
      name: 'hits from memory',
      seconds: hits,
      remedy: 'a CDN; more http processes or machines, because a process has one main thread',
    },
    { name: 'hits from the store', seconds: store, remedy: '`DARKROOM_MEMORY_CACHE_MB`, or a CDN' },
    {
      name: 'first renderings',
      seconds: renders,
      remedy:
        'fewer widths and formats (policies); `DARKROOM_CONCURRENCY` on machines with more cores; more machines',
    },
    {
      name: 'finals',
      seconds: finals,
      remedy: '`DARKROOM_FINAL_REQUESTS`; workers (`DARKROOM_ROLE`), as many as needed',
    },
    { name: 'analysis of uploads', seconds: ingest, remedy: 'workers (`DARKROOM_ROLE`), as many as needed' },
  ]
  const [first = kinds[0]] = kinds.toSorted((a, b) => b.seconds - a.seconds)
  if (first === undefined) throw new Error('no kind of work')
  return { name: first.name, share: first.seconds / all, remedy: first.remedy }
}

/** The parts by their use, the highest first. */
export const tightest = (needs: Needs, inputs: Inputs): (Part & { readonly used: number })[] =>
  parts.map(part => ({ ...part, used: part.use(needs, inputs) })).toSorted((a, b) => b.used - a.used)
