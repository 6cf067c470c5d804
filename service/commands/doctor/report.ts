import { printLine } from '../print.ts'
import { reasonsOf } from '../reasons.ts'

/** What a check found to be in order, and perhaps what later checks go on with. */
export interface Finding<T> {
  readonly detail: string
  readonly value: T
}

/** Prints one line for each check as it ends. */
export class Report {
  failed = 0
  readonly #json: boolean

  constructor(json = false) {
    this.#json = json
  }

  /** Runs a check; what it throws is told with `advice` behind it. Undefined when it failed. */
  async check<T>(
    name: string,
    advice: string,
    work: () => Promise<Finding<T>> | Finding<T>,
  ): Promise<T | undefined> {
    try {
      const { detail, value } = await work()
      this.#line('ok', name, detail)
      return value
    } catch (error) {
      this.failed++
      this.#line('FAILED', name, reasonsOf(error), advice)
      return undefined
    }
  }

  /** Names checks that cannot be made because an earlier one failed. */
  skip(names: readonly string[], because: string): void {
    for (const name of names) this.#line('skipped', name, because)
  }

  #line(state: 'ok' | 'FAILED' | 'skipped', name: string, detail: string, advice?: string): void {
    const text = `${state.padEnd(7)}  ${name.padEnd(14)}  ${detail.replaceAll('\n', '; ')}`
    const line = advice === undefined ? text : `${text}. What to do: ${advice}`
    printLine(this.#json ? JSON.stringify({ state, name, detail, advice }) : line)
  }
}
