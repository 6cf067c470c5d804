import { bytesText, durationText, numberText, percentText } from '../../format.ts'
import { countServed, hitRatio, type Span } from './ranges.ts'

/** The totals of a range. */
export function Totals({ total }: { total: Span }) {
  const figures: readonly (readonly [name: string, value: string])[] = [
    ['Requests', numberText(total.requests)],
    ['From cache', countServed(total) === 0 ? '–' : percentText(hitRatio(total))],
    ['Sent', bytesText(total.bytes)],
    ['Renderings', numberText(total.developments)],
    ['CPU time', durationText(total.cpuMs)],
    ['Errors', numberText(total.errors)],
  ]
  return (
    <dl class="totals">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
