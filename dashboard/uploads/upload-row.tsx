import { useEffect } from 'preact/hooks'
import { Button, type ButtonProps } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { bytesText } from '../format.ts'
import { keepDuplicates, removeDuplicates, titles, wantTitle } from './duplicates.ts'
import { cancel, retry } from './queue.ts'
import type { Upload } from './uploads.ts'

/** One file of the tray. */
export function UploadRow({ one }: { one: Upload }) {
  const { name, bytes, state, loaded, imageId } = one
  return (
    <div class="tray-row" data-state={state}>
      <span class="tray-name" title={name}>
        {imageId !== undefined && state !== 'removed' ? <a href={`/images/${imageId}`}>{name}</a> : name}
      </span>
      {(state === 'sending' || state === 'processing') && (
        <progress aria-label={name} max={Math.max(1, bytes)} value={loaded} />
      )}
      <p class="tray-line">
        <Line one={one} />
      </p>
      <div class="actions">
        <RowActions one={one} />
      </div>
    </div>
  )
}

function Line({ one }: { one: Upload }) {
  const { state, bytes, loaded, error, duplicateOf } = one
  switch (state) {
    case 'waiting':
      return <>{bytesText(bytes)}, waiting</>
    case 'sending':
      return (
        <>
          {bytesText(loaded)} of {bytesText(bytes)}
        </>
      )
    case 'processing':
      return <>Processing</>
    case 'done':
      return <>{bytesText(bytes)}, uploaded</>
    case 'removed':
      return <>Removed</>
    case 'cancelled':
      return <>Cancelled</>
    case 'duplicate':
      return <DuplicateLine id={duplicateOf ?? ''} error={error} />
    default:
      return <span class="mistake">{error}</span>
  }
}

function DuplicateLine({ id, error }: { id: string; error: string }) {
  useEffect(() => wantTitle(id), [id])
  if (error !== '') return <span class="mistake">{error}</span>
  const title = titles.value.get(id)
  if (title === '') return <>The same image was in your library and is deleted</>
  return (
    <>
      Already in your library as <a href={`/images/${id}`}>{title ?? id}</a>
    </>
  )
}

/** The button disappears with its action, so the focus moves to the list. */
function RowButton({ onClick, ...rest }: ButtonProps & { onClick: () => void }) {
  return (
    <Button
      {...rest}
      size="small"
      onClick={event => {
        event.currentTarget.closest<HTMLElement>('.windowed')?.focus()
        onClick()
      }}
    />
  )
}

function RowActions({ one: { id, name, state, file } }: { one: Upload }) {
  if (state === 'waiting' || state === 'sending' || state === 'processing') {
    return <RowButton kind="quiet" icon="close" label={`Cancel ${name}`} onClick={() => cancel([id])} />
  }
  if ((state === 'failed' || state === 'cancelled') && file !== undefined) {
    return <RowButton kind="quiet" icon="retry" label={`Retry ${name}`} onClick={() => retry([id])} />
  }
  if (state === 'done') return <Icon name="check" size={18} />
  if (state !== 'duplicate') return null
  return (
    <>
      <RowButton kind="quiet" label={`Keep both: ${name}`} onClick={() => keepDuplicates(new Set([id]))}>
        Keep both
      </RowButton>
      <RowButton label={`Remove ${name}`} onClick={() => removeDuplicates(new Set([id]))}>
        Remove
      </RowButton>
    </>
  )
}
