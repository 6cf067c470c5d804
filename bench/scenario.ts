import type { Settings } from './settings.ts'
import type { Workspace } from './workspace.ts'

/** One line of the report. */
export interface Row {
  readonly what: string
  readonly darkroom: number
  readonly baseline?: number
  /** Darkroom over baseline, pair by pair; their median is what counts. */
  readonly ratios?: readonly number[]
  /** The least median ratio that `--check` accepts; without one the row only informs. */
  readonly target?: number
  /** The most that `--check` accepts of Darkroom's value itself. */
  readonly limit?: number
}

/** What a scenario found out. */
export interface Outcome {
  readonly title: string
  readonly rows: readonly Row[]
  /** What a reader must know to trust the figures. */
  readonly notes: readonly string[]
}

/** Starts its own processes in the workspace, measures, and ends them. Throws when it could not measure. */
export type Scenario = (workspace: Workspace, settings: Settings) => Promise<Outcome>
