import './upload-tray.css'
import { useState } from 'preact/hooks'
import { Button } from '../components/button.tsx'
import { showToast } from '../components/toast.tsx'
import { WindowedList } from '../components/windowed-list.tsx'
import { bytesText, countText, durationText, numberText } from '../format.ts'
import { isAway } from '../reachability.ts'
import { hasSessionEnded } from '../session.ts'
import { keepDuplicates, removeDuplicates } from './duplicates.ts'
import { cancelAll, clearFinished, retry, retryFailed } from './queue.ts'
import { UploadRow } from './upload-row.tsx'
import { overallProgress, summary, type UploadSummary, uploads } from './uploads.ts'

/** In pixels. */
const rowHeight = 64

/** All uploads of this page, in every view: the progress as a whole, and a row for each file. */
export function UploadTray() {
  const [closed, setClosed] = useState(() => matchMedia('(max-width: 720px)').matches)
  if (uploads.value.length === 0) return null
  const sum = summary.value
  const isOpen = sum.open > 0
  return (
    <section class="tray" aria-label="Uploads">
      <div class="tray-head">
        <div class="tray-title">
          <h2>{isOpen ? `Uploading ${countText(sum.open, 'file')}` : outcomeOf(sum) || 'Uploads'}</h2>
          <Button
            kind="quiet"
            size="small"
            icon={closed ? 'up' : 'down'}
            label={closed ? 'Show files' : 'Hide files'}
            aria-expanded={!closed}
            onClick={() => setClosed(!closed)}
          />
          {!isOpen && (
            <Button kind="quiet" size="small" icon="close" label="Clear finished" onClick={clearFinished} />
          )}
        </div>
        {isOpen && <Overall sum={sum} />}
        <Actions sum={sum} />
      </div>
      {!closed && (
        <WindowedList label="Files" items={uploads.value} rowHeight={rowHeight} keyOf={({ id }) => id}>
          {one => <UploadRow one={one} />}
        </WindowedList>
      )}
      <p class="unseen" role="status">
        {isOpen ? announcementOf(sum) : outcomeOf(sum)}
      </p>
    </section>
  )
}

/** Screen readers read only what changes seldom: that uploads run, that some failed, and the outcome. */
function announcementOf({ counts: { failed } }: UploadSummary): string {
  return failed > 0 ? `Uploading, ${numberText(failed)} failed` : 'Uploading'
}

/** `19 uploaded, 4 failed`: the counts that are not zero. */
function outcomeOf({ counts }: UploadSummary): string {
  const parts = [
    [counts.done, 'uploaded'],
    [counts.duplicate, counts.duplicate === 1 ? 'duplicate' : 'duplicates'],
    [counts.removed, 'removed'],
    [counts.failed, 'failed'],
    [counts.refused, 'refused'],
    [counts.cancelled, 'cancelled'],
  ] as const
  return parts.flatMap(([count, text]) => (count > 0 ? `${numberText(count)} ${text}` : [])).join(', ')
}

function Overall({ sum }: { sum: UploadSummary }) {
  const outcome = outcomeOf(sum)
  return (
    <>
      <progress aria-label="All files" max={Math.max(1, sum.bytes)} value={sum.bytes - sum.bytesLeft} />
      <p class="hint">{paceText(sum)}</p>
      {outcome !== '' && <p class="hint">{outcome}</p>}
    </>
  )
}

function paceText({ bytesLeft }: UploadSummary): string {
  if (isAway.value) return `${bytesText(bytesLeft)} left, waiting for the service`
  if (hasSessionEnded.value) return `${bytesText(bytesLeft)} left, waiting until you sign in`
  const { speed, remaining } = overallProgress.value
  const pace = remaining === undefined ? '' : ` · ${bytesText(speed)}/s · ${durationText(remaining)}`
  return bytesLeft === 0 ? 'Processing' : `${bytesText(bytesLeft)} left${pace}`
}

function Actions({ sum: { counts, open } }: { sum: UploadSummary }) {
  if (counts.failed + counts.duplicate + open === 0) return null
  return (
    <div class="actions">
      {counts.failed > 0 && (
        <Button size="small" icon="retry" onClick={retryFailed}>
          Retry failed
        </Button>
      )}
      {counts.duplicate > 1 && (
        <>
          <Button size="small" onClick={() => removeDuplicates(duplicateIds())}>
            Remove duplicates
          </Button>
          <Button size="small" kind="quiet" onClick={() => keepDuplicates(duplicateIds())}>
            Keep all
          </Button>
        </>
      )}
      {open > 0 && (
        <Button size="small" kind="quiet" onClick={cancelAndOfferUndo}>
          Cancel all
        </Button>
      )}
    </div>
  )
}

const duplicateIds = () =>
  new Set(uploads.peek().flatMap(({ id, state }) => (state === 'duplicate' ? id : [])))

function cancelAndOfferUndo(): void {
  const ids = cancelAll()
  showToast(`${countText(ids.length, 'upload')} cancelled`, { label: 'Undo', onChoose: () => retry(ids) })
}
