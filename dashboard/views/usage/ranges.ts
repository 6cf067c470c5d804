import type { UsageDay } from '../../api-types.ts'

/** For how long back usage is shown; every range ends today. */
export interface Range {
  /** As the address has it. */
  readonly name: string
  readonly label: string
  readonly days: number
  /** How many days are drawn as one: a year of single ones would be a comb. */
  readonly fold: number
}

export const ranges = [
  { name: '7d', label: '7 days', days: 7, fold: 1 },
  { name: '30d', label: '30 days', days: 30, fold: 1 },
  { name: '90d', label: '90 days', days: 90, fold: 1 },
  { name: '52w', label: '52 weeks', days: 364, fold: 7 },
] as const satisfies readonly Range[]

export const defaultRange: Range = ranges[1]
export const longestRange: Range = ranges[3]

const dayMs = 86_400_000

/** The first day of a range, as the API takes it (UTC). */
export function firstDay({ days }: Range, now = Date.now()): string {
  return new Date(now - (days - 1) * dayMs).toISOString().slice(0, 10)
}

/** Days in a row and what was used in them. */
export interface Span extends Omit<UsageDay, 'day'> {
  readonly first: string
  readonly last: string
}

/** So many days each as one, whole ones up to the last day. */
export function fold(days: readonly UsageDay[], size: number): Span[] {
  const spans: Span[] = []
  for (let end = days.length; end > 0; end -= size)
    spans.unshift(sum(days.slice(Math.max(0, end - size), end)))
  return spans
}

/** All days as one. */
export function sum(days: readonly UsageDay[]): Span {
  const of = (value: (day: UsageDay) => number) => days.reduce((all, day) => all + value(day), 0)
  return {
    first: days[0]?.day ?? '',
    last: days.at(-1)?.day ?? '',
    requests: of(({ requests }) => requests),
    hits: {
      memory: of(({ hits }) => hits.memory),
      store: of(({ hits }) => hits.store),
      shared: of(({ hits }) => hits.shared),
      miss: of(({ hits }) => hits.miss),
    },
    bytes: of(({ bytes }) => bytes),
    developments: of(({ developments }) => developments),
    cpuMs: of(({ cpuMs }) => cpuMs),
    errors: of(({ errors }) => errors),
  }
}

/** How many requests were answered with the picture. */
export const answered = ({ hits }: Pick<Span, 'hits'>) => hits.memory + hits.store + hits.shared + hits.miss

/** The share of pictures that nothing had to be developed for; of none it is 0. */
export const hitRatio = (span: Pick<Span, 'hits'>) =>
  (answered(span) - span.hits.miss) / Math.max(1, answered(span))
