import type { App } from '../../service/app.ts'

/** The chores of the service, by name. */
export function choresOf({ jobs: { tasks } }: App): [string, () => Promise<unknown>][] {
  return tasks.chores.map(name => [name, () => tasks.runChores([name])])
}
