import { useMemo, useState } from 'preact/hooks'
import { Button } from '../../components/button.tsx'
import { Plot } from '../../components/plot.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { daysText, shortDaysText } from '../../format.ts'
import type { Chart, ChartSeries } from './charts.ts'
import type { Span } from './ranges.ts'
import { useExpanded } from './use-expanded.ts'

interface ChartPanelProps {
  readonly chart: Chart
  readonly spans: readonly Span[]
  /** The sum of all spans. */
  readonly total: Span
}

/** A chart with its legend, and a table of the same numbers. */
export function ChartPanel({ chart, spans, total }: ChartPanelProps) {
  const [place, setPlace] = useState<number | null>(null)
  const [showsTable, toggle] = useExpanded(chart.name)
  const pointed = place === null || showsTable ? undefined : spans[place]
  return (
    <figure class="usage-panel">
      <figcaption class="usage-head">
        <h2>{chart.title}</h2>
        {pointed && <span class="hint">{shortDaysText(pointed.first, pointed.last)}</span>}
        <Button
          size="small"
          kind="quiet"
          aria-pressed={showsTable}
          label={`Table: ${chart.title}`}
          onClick={toggle}
        >
          Table
        </Button>
      </figcaption>
      <Legend series={chart.series} span={pointed ?? total} />
      {showsTable ? (
        <div class="usage-table">
          <Table
            caption={chart.title}
            columns={columnsOf(chart)}
            rows={[...spans].reverse()}
            keyOf={({ first }) => first}
          />
        </div>
      ) : (
        <Drawing chart={chart} spans={spans} total={total} onHover={setPlace} />
      )}
    </figure>
  )
}

function Drawing({
  chart,
  spans,
  total,
  onHover,
}: ChartPanelProps & { onHover: (place: number | null) => void }) {
  const labels = useMemo(() => spans.map(({ last }) => shortDaysText(last)), [spans])
  const series = useMemo(() => {
    const drawn = chart.series.map(({ color, kind, height }) => ({ color, kind, values: spans.map(height) }))
    return chart.isStack ? drawn.reverse() : drawn
  }, [chart, spans])
  const summary = chart.series.map(({ name, text }) => `${name}: ${text(total)}`).join(', ')
  return (
    <Plot
      labels={labels}
      series={series}
      left={chart.left}
      right={chart.right}
      syncKey="usage"
      label={`${chart.title}, ${daysText(total.first, total.last)}. ${summary}`}
      onHover={onHover}
    />
  )
}

function Legend({ series, span }: { series: readonly ChartSeries[]; span: Span }) {
  return (
    <ul class="legend">
      {series.map(({ name, color, kind, text }) => (
        <li key={name}>
          <span class={`legend-mark ${kind}`} style={{ '--color': `var(${color})` }} />
          {name} <strong>{text(span)}</strong>
        </li>
      ))}
    </ul>
  )
}

function columnsOf({ series }: Chart): Column<Span>[] {
  return [
    { title: 'Day', cell: ({ first, last }) => daysText(first, last) },
    ...series.map(({ name, text, cell = text }) => ({ title: name, kind: 'number' as const, cell })),
  ]
}
