import { CopyLine } from '../../components/copy.tsx'
import { State } from '../../components/state.tsx'
import { longestRange, type Range } from './ranges.ts'

/** Nothing was used: how that changes, or where there may have been something. */
export function EmptyUsage({ range, longestTo }: { range: Range; longestTo: string }) {
  return (
    <State icon="usage" title={`Nothing was used in the last ${range.label}`}>
      <p>
        Usage begins when a signed URL of yours is asked for: each answer counts, whoever gets it, and shows
        here within seconds. Sign one in the playground, put it into a page, or ask for it by hand:
      </p>
      <CopyLine text={'curl -sS -o picture.webp "<a signed URL>"'} />
      <div class="empty-ways">
        <a class="button primary" href="/playground">
          Open the playground
        </a>
        {range.name !== longestRange.name && (
          <a class="button" href={longestTo}>
            Look at {longestRange.label}
          </a>
        )}
      </div>
    </State>
  )
}
