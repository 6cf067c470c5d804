import { CopyLine } from '../../components/copy.tsx'
import { State } from '../../components/state.tsx'
import { longestRange, type Range } from './ranges.ts'

/** The empty state: explains how usage arises, and links to a longer range. */
export function EmptyUsage({ range, longestTo }: { range: Range; longestTo: string }) {
  return (
    <State icon="usage" title={`No usage in the last ${range.label}`}>
      <p>
        Usage counts every response to your signed URLs and appears here within seconds. Sign a URL in the
        playground and embed it in a page, or request it yourself:
      </p>
      <CopyLine text={'curl -sS -o image.webp "<a signed URL>"'} />
      <div class="empty-actions">
        <a class="button primary" href="/playground">
          Open the playground
        </a>
        {range.name !== longestRange.name && (
          <a class="button" href={longestTo}>
            Show {longestRange.label}
          </a>
        )}
      </div>
    </State>
  )
}
