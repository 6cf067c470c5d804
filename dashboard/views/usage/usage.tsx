import './usage.css'
import { useMemo } from 'preact/hooks'
import { ChoiceLinks } from '../../components/choice-links.tsx'
import { Failure, Spinner } from '../../components/state.tsx'
import { daysText } from '../../format.ts'
import { query } from '../../location.ts'
import { PageHead } from '../../shell.tsx'
import { ChartPanel } from './chart-panel.tsx'
import { charts } from './charts.ts'
import { EmptyUsage } from './empty-usage.tsx'
import { defaultRange, groupDays, longestRange, type Range, ranges, sumDays } from './ranges.ts'
import { Tops } from './tops.tsx'
import { Totals } from './totals.tsx'
import { type UsageData, useUsage } from './use-usage.ts'

/** The usage of a user's signed URLs by day. The range and expanded sections are kept in the URL. */
export function UsageView() {
  const range = ranges.find(({ name }) => name === query.value.get('range')) ?? defaultRange
  const [loaded, isOld, retry] = useUsage(range)
  return (
    <>
      <PageHead title="Usage">
        <ChoiceLinks
          label="Range"
          choices={ranges.map(one => ({
            label: one.label,
            to: addressOf(one),
            current: one.name === range.name,
          }))}
        />
      </PageHead>
      {loaded.state === 'waiting' && <Spinner label="Loading usage" />}
      {loaded.state === 'failed' && <Failure error={loaded.error} onRetry={retry} />}
      {loaded.state === 'loaded' && (
        <div class="usage" aria-busy={isOld}>
          <LoadedUsage data={loaded.value} />
        </div>
      )}
    </>
  )
}

/** The URL of a range. Expanded sections stay expanded. */
function addressOf({ name }: Range): string {
  const next = new URLSearchParams(query.value)
  next.set('range', name)
  return `/usage?${next}`
}

function LoadedUsage({ data }: { data: UsageData }) {
  const { range, days } = data
  const spans = useMemo(() => groupDays(days, range.fold), [days, range])
  const total = useMemo(() => sumDays(days), [days])
  if (total.requests === 0 && total.developments === 0) {
    return <EmptyUsage range={range} longestTo={addressOf(longestRange)} />
  }
  return (
    <>
      <p class="hint">
        {daysText(total.first, total.last)}, by {range.fold === 1 ? 'day' : 'week'} (UTC). Requests of the
        last seconds may be missing. Images shown in this dashboard count too.
      </p>
      <Totals total={total} />
      <div class="charts">
        {charts.map(chart => (
          <ChartPanel key={chart.name} chart={chart} spans={spans} total={total} />
        ))}
      </div>
      <Tops {...data} />
    </>
  )
}
