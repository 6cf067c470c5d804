import { formatError } from '../format-error.ts'
import { printLine } from '../print.ts'

/** The result of a check that passed, with the value that later checks need. */
export interface Finding<T> {
  readonly detail: string
  readonly value: T
}

/** Prints one line for each check as it finishes. */
export class Report {
  failed = 0
  readonly #json: boolean

  constructor(json = false) {
    this.#json = json
  }

  /** Runs a check and prints its result; a failure is printed with `advice`. Returns undefined when it failed. */
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
      this.#line('FAILED', name, formatError(error), advice)
      return undefined
    }
  }

  /** Reports checks that cannot run because an earlier one failed. */
  skip(names: readonly string[], because: string): void {
    for (const name of names) this.#line('skipped', name, because)
  }

  #line(state: 'ok' | 'FAILED' | 'skipped', name: string, detail: string, advice?: string): void {
    const text = `${state.padEnd(7)}  ${name.padEnd(14)}  ${detail.replaceAll('\n', '; ')}`
    const line = advice === undefined ? text : `${text}. To fix: ${advice}`
    printLine(this.#json ? JSON.stringify({ state, name, detail, advice }) : line)
  }
}
