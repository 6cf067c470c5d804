import { loadModules, type NamedModule } from '../../service/modules/modules.ts'
import { forEach } from '../requests.ts'
import { HeldConnections, mostOpenFiles } from './parts/held-connections.ts'
import type { Part } from './parts/part.ts'
import type { System } from './system.ts'

/** A fault that has begun. */
export interface BegunFault {
  /** Ends the fault: restarts what was killed, frees what was occupied. @returns a note for the table */
  end(): Promise<string | undefined>
}

/** The declaration of a fault, one file of `all/` each. */
export interface Fault extends NamedModule {
  /** What is done, in a few words for the table. */
  readonly summary: string
  /** Why the fault cannot be caused on this machine; undefined when it can. */
  readonly findObstacle?: () => Promise<string | undefined>
  /** Prepares what the service should not notice, before requests are counted. @returns what undoes it */
  readonly prepare?: (system: System) => Promise<() => Promise<void>>
  /** Causes the fault. It goes on until its `end`. */
  begin(system: System, signal: AbortSignal): Promise<BegunFault>
}

/** Every fault by its name, in alphabetical order. */
export const loadFaults = () => loadModules<Fault>(new URL('./all/', import.meta.url))

/** Kills parts at once, and starts them again at the end. */
export async function killParts(parts: readonly Part[]): Promise<BegunFault> {
  await Promise.all(parts.map(part => part.kill()))
  return {
    async end() {
      await Promise.all(parts.map(part => part.restart()))
      return undefined
    },
  }
}

/** Pauses a part with SIGSTOP, and resumes it with SIGCONT at the end. */
export async function pausePart(part: Part): Promise<BegunFault> {
  part.signal('SIGSTOP')
  return {
    async end() {
      part.signal('SIGCONT')
      return undefined
    },
  }
}

/** How many idle connections there are, and how many are opened at once. */
const idleConnections = 10_000
const openedAtOnce = 200

/** Why so many connections cannot be opened. */
export async function findTooFewFiles(): Promise<string | undefined> {
  const most = await mostOpenFiles()
  return most > idleConnections * 1.2 ? undefined : `a process may open ${most} files only, see ulimit -n`
}

/** Opens connections that send nothing. Those that the server closes are not opened again. */
export async function holdIdle(port: number): Promise<BegunFault> {
  const held = new HeldConnections()
  const numbers = Array.from({ length: idleConnections }, (_, number) => number)
  // an address has 28,000 ports for all connections to a server
  await forEach(numbers, openedAtOnce, number => held.open(port, '', `127.0.0.${2 + (number % 8)}`))
  return {
    async end() {
      held.end()
      return `${held.opened} opened, ${held.closed} of them closed by the server`
    },
  }
}
