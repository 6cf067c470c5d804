import type { UsageDay } from '../../api-types.ts'

/** The period for which usage is shown. Every range ends today. */
export interface Range {
  /** The name in the URL. */
  readonly name: string
  readonly label: string
  readonly days: number
  /** How many days one bar covers. A year of daily bars would be too narrow to read. */
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

/** The first day of a range in UTC, as `YYYY-MM-DD`. */
export function firstDay({ days }: Range, now = Date.now()): string {
  return new Date(now - (days - 1) * dayMs).toISOString().slice(0, 10)
}

/** The usage of one or several consecutive days. */
export interface Span extends Omit<UsageDay, 'day'> {
  readonly first: string
  readonly last: string
}

/** Groups days into spans of a given size, aligned to the last day. */
export function groupDays(days: readonly UsageDay[], size: number): Span[] {
  const spans: Span[] = []
  for (let end = days.length; end > 0; end -= size)
    spans.unshift(sumDays(days.slice(Math.max(0, end - size), end)))
  return spans
}

/** Sums all days into one span. */
export function sumDays(days: readonly UsageDay[]): Span {
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

/** The number of requests that were answered with an image. */
export const countServed = ({ hits }: Pick<Span, 'hits'>) =>
  hits.memory + hits.store + hits.shared + hits.miss

/** The share of images that were served without rendering; 0 when there were none. */
export const hitRatio = (span: Pick<Span, 'hits'>) =>
  (countServed(span) - span.hits.miss) / Math.max(1, countServed(span))
