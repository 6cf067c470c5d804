import { readFile } from 'node:fs/promises'

// the program runs in dist/bench/capacity
const reportFile = new URL('../../../bench/REPORT.md', import.meta.url)

/** A figure of the report, and where it stands. */
export interface Cost {
  readonly value: number
  readonly section: string
  readonly row: string
}

/** The rows that capacity is computed from: the beginning of the section's title, and the row. */
const sources = {
  memoryHitMicros: ['Hits from memory, 18.6 kB', 'server CPU µs/request'],
  firstMemoryHitMicros: ['Capacity:', 'first hit of a URL, from memory, CPU µs'],
  storeHitMicros: ['Hits from the store', 'server CPU µs/request'],
  bucketHitMicros: ['Hits from an S3 bucket', 'server CPU µs/request'],
  firstStoreHitMicros: ['Capacity:', 'first hit of a URL, from the store, CPU µs'],
  jpegMs: ['Cold renderings of 2560×1600', 'jpg, CPU ms/derivative'],
  jpegMainMs: ['Cold renderings of 2560×1600', 'jpg, main-thread ms/derivative'],
  webpMs: ['Cold renderings of 2560×1600', 'webp, CPU ms/derivative'],
  webpMainMs: ['Cold renderings of 2560×1600', 'webp, main-thread ms/derivative'],
  avifMs: ['Cold renderings of 2560×1600', 'avif, CPU ms/derivative'],
  avifMainMs: ['Cold renderings of 2560×1600', 'avif, main-thread ms/derivative'],
  finalMs: ['Finals:', 'CPU ms/final, mean'],
  finalSavedPercent: ['Finals:', '% of all bytes saved'],
  ingestMs: ['Ingest:', '2560×1600, CPU ms/image'],
  ingestMainMs: ['Ingest:', '2560×1600, main-thread ms/image'],
  databaseRenderMicros: ['Capacity:', 'database, CPU µs/rendered derivative'],
  databaseUploadMs: ['Capacity:', 'database, CPU ms/upload'],
  databaseReadMicros: ['Capacity:', 'database, CPU µs/row read for a hit'],
  imageRowBytes: ['Capacity:', 'database, bytes/image'],
  derivativeRowBytes: ['Capacity:', 'database, bytes/derivative'],
} as const

export type Costs = Readonly<Record<keyof typeof sources, Cost>>

/** What the report of the last run says. */
export interface Measured {
  readonly costs: Costs
  /** When and on which machine it was measured. */
  readonly machine: string
  readonly cores: number
}

/** @throws Error that names a row that is missing */
export async function readReport(): Promise<Measured> {
  const report = await readFile(reportFile, 'utf8')
  const machine = /^- (.+), which the clients share$/m.exec(report)?.[1] ?? ''
  const cores = Number(/(\d+) cores/.exec(machine)?.[1])
  if (Number.isNaN(cores)) throw new Error('bench/REPORT.md does not name the machine')
  return { costs: costsOf(report), machine, cores }
}

export function costsOf(report: string): Costs {
  const sections = report.split(/^### /m).slice(1)
  const entries = Object.entries(sources).map(([name, [title, row]]) => {
    const section = sections.find(text => text.startsWith(title)) ?? ''
    const cells = section
      .split('\n')
      .map(line => line.split('|').map(cell => cell.trim()))
      .find(([, what]) => what === row)
    const value = Number(cells?.[2]?.replaceAll(',', '') || Number.NaN)
    if (Number.isNaN(value)) throw new Error(`bench/REPORT.md has no figure for "${row}" in "${title} …"`)
    return [name, { value, section: section.split('\n', 1)[0] ?? title, row }] as const
  })
  return Object.fromEntries(entries) as Record<keyof typeof sources, Cost>
}
