import { DarkroomError } from '../../errors/catalogue.ts'

/** Counts of one target. */
interface Row {
  inputs: number
  accepted: number
  readonly refused: Map<string, number>
  slowestMs: number
}

/** What was found, and how to find it again. */
export interface Finding {
  readonly target: string
  readonly what: string
  /** The seed of the round that found it. */
  readonly seed: number
}

/** What a run has tried, by target, and what it has found. */
export class Tally {
  readonly findings: Finding[] = []
  readonly #rows = new Map<string, Row>()
  readonly #notes: string[] = []

  /** Counts an input. @param code why it was refused; absent if it was accepted */
  count(target: string, ms: number, code?: string): void {
    const row = this.#rows.get(target) ?? { inputs: 0, accepted: 0, refused: new Map(), slowestMs: 0 }
    this.#rows.set(target, row)
    row.inputs++
    row.slowestMs = Math.max(row.slowestMs, ms)
    if (code === undefined) row.accepted++
    else row.refused.set(code, (row.refused.get(code) ?? 0) + 1)
  }

  report(target: string, what: unknown, seed: number): void {
    const text = what instanceof Error ? (what.stack ?? what.message) : String(what)
    // one finding of a kind is enough
    if (this.findings.some(one => one.target === target && one.what.slice(0, 60) === text.slice(0, 60)))
      return
    this.findings.push({ target, what: text.slice(0, 2_000), seed })
  }

  /** Adds a line to the report. */
  note(line: string): void {
    this.#notes.push(line)
  }

  print(): string {
    const rows = [...this.#rows].map(([name, { inputs, accepted, refused, slowestMs }]) => {
      const codes = [...refused].map(([code, count]) => `${code} ${count}`).join(', ')
      return `${name.padEnd(24)} ${String(inputs).padStart(8)} ${String(accepted).padStart(8)} ${slowestMs.toFixed(0).padStart(8)} ms  ${codes}`
    })
    const head = `${'target'.padEnd(24)} ${'inputs'.padStart(8)} ${'accepted'.padStart(8)} ${'slowest'.padStart(11)}  refused`
    const found = this.findings.map(
      ({ target, what, seed }) => `FOUND in ${target}, FUZZ_SEED=${seed}: ${what}`,
    )
    return [head, ...rows, ...this.#notes, ...found].join('\n')
  }
}

/** The code of an error of the catalogue; undefined for any other, which is a crash. */
export const codeOf = (error: unknown, inThread = false): string | undefined =>
  error instanceof DarkroomError
    ? error.code
    : inThread && error instanceof RangeError
      ? 'truncated'
      : undefined
