import './upload-tray.css'
import { Button } from '../../components/button.tsx'
import { bytesText, countText, durationText } from '../../format.ts'
import { cancel, clearFinished, retry, type Upload, unfinishedCount, uploads } from '../../uploads.ts'

/** The list of uploads, with progress, cancel and retry. */
export function UploadTray() {
  const all = uploads.value
  if (all.length === 0) return null
  const open = unfinishedCount.value
  const title =
    open > 0 ? `Uploading ${countText(open, 'file')}` : `${countText(all.length, 'upload')} finished`
  return (
    <section class="tray" aria-label="Uploads">
      <div class="tray-head">
        <h2 aria-live="polite">{title}</h2>
        <Button kind="quiet" size="small" icon="close" label="Clear finished" onClick={clearFinished} />
      </div>
      <ul class="tray-list">
        {all.map(one => (
          <Row key={one.id} one={one} />
        ))}
      </ul>
    </section>
  )
}

function Row({ one }: { one: Upload }) {
  const { id, file, state, progress, error } = one
  const open = state === 'waiting' || state === 'sending' || state === 'processing'
  return (
    <li class="tray-row" data-state={state}>
      <span class="tray-name">{file.name}</span>
      {open && <progress aria-label={file.name} max={Math.max(1, progress.total)} value={progress.loaded} />}
      {state === 'failed' ? <p class="mistake">{error}</p> : <p class="hint">{statusText(one)}</p>}
      <div class="actions">
        {open && (
          <Button
            kind="quiet"
            size="small"
            icon="close"
            label={`Cancel ${file.name}`}
            onClick={() => cancel(id)}
          />
        )}
        {(state === 'failed' || state === 'cancelled') && (
          <Button
            kind="quiet"
            size="small"
            icon="retry"
            label={`Retry ${file.name}`}
            onClick={() => retry(id)}
          />
        )}
      </div>
    </li>
  )
}

function statusText({ state, file, progress: { loaded, total, speed, remaining } }: Upload): string {
  switch (state) {
    case 'waiting':
      return `${bytesText(file.size)}, waiting`
    case 'processing':
      return 'Processing'
    case 'done':
      return `${bytesText(file.size)}, done`
    case 'cancelled':
      return 'Cancelled'
    default: {
      const far = `${bytesText(loaded)} of ${bytesText(total)}`
      const left = remaining === undefined ? '' : ` · ${bytesText(speed)}/s · ${durationText(remaining)} left`
      return far + left
    }
  }
}
