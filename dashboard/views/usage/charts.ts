import type { PlotAxis } from '../../components/plot.tsx'
import { bytesText, durationText, numberText, percentText, shortNumberText } from '../../format.ts'
import { countServed, type Span } from './ranges.ts'

/** One series of a chart, its legend and its table. */
export interface ChartSeries {
  readonly name: string
  /** The CSS custom property that holds the colour. */
  readonly color: string
  readonly kind: 'bars' | 'line'
  /** The top of the bar, or the point of the line; null where nothing is drawn. */
  readonly height: (span: Span) => number | null
  readonly text: (span: Span) => string
  /** The text in the table, if it differs from the legend. */
  readonly cell?: (span: Span) => string
}

export interface Chart {
  /** The name in the URL. */
  readonly name: string
  readonly title: string
  /** In a stack, from the lowest to the highest. Otherwise each series is drawn over the previous one. */
  readonly series: readonly ChartSeries[]
  readonly isStack?: boolean
  readonly left: PlotAxis
  readonly right?: PlotAxis
}

const decimalSteps = Array.from({ length: 15 }, (_, power) =>
  [1, 2, 5].map(step => step * 10 ** power),
).flat()
const counts: PlotAxis = { text: shortNumberText, steps: decimalSteps }
const bytes: PlotAxis = { text: bytesText, steps: decimalSteps }
const shares: PlotAxis = { text: percentText, steps: [0.25, 0.5], max: 1 }
const durations: PlotAxis = {
  text: durationText,
  steps: [
    ...decimalSteps.filter(ms => ms <= 10_000),
    ...[30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000, 1_800_000],
    ...decimalSteps.map(hours => hours * 3_600_000),
  ],
}

/** Null for 0, since uPlot would still draw the edge of an empty bar. */
const bar = (value: number) => (value > 0 ? value : null)

type Tier = keyof Span['hits']
const tiers: readonly { readonly tier: Tier; readonly name: string }[] = [
  { tier: 'memory', name: 'Memory' },
  { tier: 'store', name: 'Store' },
  { tier: 'shared', name: 'Shared' },
  { tier: 'miss', name: 'Rendered' },
]

const shareOf = (span: Span, parts: readonly Tier[]) =>
  parts.reduce((sum, tier) => sum + span.hits[tier], 0) / Math.max(1, countServed(span))

/** The series of a stacked chart. The height of each includes those below it. */
const tierSeries = tiers.map(({ tier, name }, place): ChartSeries => {
  const below = tiers.slice(0, place + 1).map(({ tier }) => tier)
  const text = (span: Span) => (countServed(span) === 0 ? '–' : percentText(shareOf(span, [tier])))
  return {
    name,
    color: `--data-${place + 1}`,
    kind: 'bars',
    height: span => bar(shareOf(span, below)),
    text,
    cell: span => `${numberText(span.hits[tier])} (${text(span)})`,
  }
})

/** All charts of the view. */
export const charts: readonly Chart[] = [
  {
    name: 'requests',
    title: 'Requests',
    left: counts,
    series: [
      {
        name: 'All',
        color: '--data-1',
        kind: 'bars',
        height: ({ requests }) => bar(requests),
        text: ({ requests }) => numberText(requests),
      },
      {
        name: 'Errors',
        color: '--bad',
        kind: 'bars',
        height: ({ errors }) => bar(errors),
        text: ({ errors }) => numberText(errors),
      },
    ],
  },
  { name: 'tiers', title: 'Responses by source', left: shares, series: tierSeries, isStack: true },
  {
    name: 'bytes',
    title: 'Bytes',
    left: bytes,
    series: [
      {
        name: 'Sent',
        color: '--data-1',
        kind: 'bars',
        height: span => bar(span.bytes),
        text: span => bytesText(span.bytes),
      },
    ],
  },
  {
    name: 'developments',
    title: 'Renderings and CPU',
    left: counts,
    right: durations,
    series: [
      {
        name: 'Renderings',
        color: '--data-1',
        kind: 'bars',
        height: ({ developments }) => bar(developments),
        text: ({ developments }) => numberText(developments),
      },
      {
        name: 'CPU time',
        color: '--ink',
        kind: 'line',
        height: ({ cpuMs }) => cpuMs,
        text: ({ cpuMs }) => durationText(cpuMs),
      },
    ],
  },
]
