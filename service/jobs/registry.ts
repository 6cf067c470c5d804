import { readdir } from 'node:fs/promises'
import { DarkroomError } from '../errors/catalogue.ts'
import type { Queue } from '../queue/queue.ts'
import type { JobType } from './job.ts'

/** All kinds of jobs by name. */
export type JobTypes = ReadonlyMap<string, JobType>

const folder = new URL('./all/', import.meta.url)

/**
 * Finds the kinds of jobs by scanning `all/`: each file's default export is one. Nobody keeps a list.
 * @throws Error when a file does not hold the job that its name says: a programming error, seen at start
 */
export async function loadJobs(): Promise<JobTypes> {
  const files = (await readdir(folder))
    .filter(name => name.endsWith('.js') && !name.includes('.test.'))
    .sort()
  const types = new Map<string, JobType>()
  for (const file of files) {
    const { default: type }: { default?: JobType } = await import(new URL(file, folder).href)
    if (type === undefined || `${type.name}.js` !== file) {
      throw new Error(`jobs/all/${file} must export the job of its name as default`)
    }
    types.set(type.name, type)
  }
  return types
}

/** Hands out work. @throws DarkroomError `unavailable` within a second, or `overloaded` */
export type Publish = (name: string, payload: unknown) => Promise<'queued' | 'duplicate'>

export function createPublish(types: JobTypes, queue: Queue): Publish {
  return async (name, payload) => {
    const type = types.get(name)
    const task = type?.taskOf(payload)
    if (type === undefined || task === undefined)
      throw new DarkroomError('internal', `this is no job ${name}`)
    return queue.publish({ name, version: type.version, key: task.key, payload })
  }
}
