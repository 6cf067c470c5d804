import type { Settings } from './settings.ts'
import type { Workspace } from './workspace.ts'

/** One row of the report. */
export interface Row {
  readonly what: string
  readonly darkroom: number
  readonly baseline?: number
  /** The values of other image servers, by name. */
  readonly peers?: Readonly<Record<string, number>>
  /** For each pair of rounds, Darkroom's value divided by the baseline's. `target` applies to their median. */
  readonly ratios?: readonly number[]
  /** The minimum median ratio that `--check` accepts. A row without a condition is informative only. */
  readonly target?: number
  /** The maximum median ratio that `--check` accepts. */
  readonly ceiling?: number
  /** The minimum ratio to the best of the other image servers that `--check` accepts. */
  readonly lead?: number
  /** The maximum value of Darkroom that `--check` accepts. */
  readonly limit?: number
  /**
   * Whether the baseline was kept from using its core, by the load generator or by other work on the machine. Such a
   * row cannot show how fast the servers are, so `--check` ignores its target and its ceiling.
   */
  readonly clientBound?: boolean
  /** Why `--check` does not accept the row, whatever its figure. */
  readonly fault?: string
  /** What explains the figure, such as the plan of a statement. */
  readonly details?: string
}

/** The results of a scenario. */
export interface Outcome {
  readonly title: string
  readonly rows: readonly Row[]
  /** Facts that the reader needs to interpret the figures. */
  readonly notes: readonly string[]
}

export interface NamedOutcome extends Outcome {
  readonly name: string
}

/** Starts its processes in the workspace, measures, and stops them. Throws if it could not measure. */
export type Scenario = (workspace: Workspace, settings: Settings) => Promise<Outcome>
