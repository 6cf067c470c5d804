import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Derivative, Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Failure, Spinner } from '../../components/state.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { bytesText, countText, durationText, numberText, sizeText } from '../../format.ts'
import { sameOriginPath } from '../../same-origin-path.ts'
import { useLoaded } from '../../use-loaded.ts'

/** The stored derivatives of an image, loaded when the section is opened. */
export function Derivatives({ image }: { image: Image }) {
  const [open, setOpen] = useState(false)
  return (
    <details class="unfold panel" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>Derivatives</summary>
      {open && (
        <div class="derivatives">
          <List image={image} />
        </div>
      )}
    </details>
  )
}

const columns: readonly Column<Derivative>[] = [
  { title: 'Operations', kind: 'text', cell: derivative => <DerivativeCell derivative={derivative} /> },
  { title: 'Hits', kind: 'number', cell: ({ hits }) => numberText(hits) },
  { title: 'Duration', kind: 'number', cell: ({ costMs }) => durationText(costMs) },
]

function List({ image }: { image: Image }) {
  const [loaded, reload] = useLoaded(() => api.derivatives(image.id), [image.id])
  const purge = async () => {
    try {
      const { derivatives } = await api.purgeImage(image.id)
      showToast(`${countText(derivatives, 'derivative')} purged`)
      reload()
    } catch (error) {
      showError(error)
    }
  }
  if (loaded.state === 'waiting') return <Spinner />
  if (loaded.state === 'failed') return <Failure error={loaded.error} onRetry={reload} />
  const { items, nextCursor } = loaded.value
  return (
    <>
      {items.length === 0 ? (
        <p class="hint">No derivatives yet. A derivative is rendered when its URL is first requested.</p>
      ) : (
        <Table caption="Derivatives" columns={columns} rows={items} keyOf={({ fileName }) => fileName} />
      )}
      {nextCursor && <p class="hint">Showing the first {items.length}.</p>}
      <p class="hint">
        Hits are responses in the last 30 days; of each day, only the most requested derivatives are counted.
        A purge removes all derivatives; each is rendered again at its next request.
      </p>
      <div>
        <Button size="small" icon="retry" disabled={items.length === 0} onClick={purge}>
          Purge
        </Button>
      </div>
    </>
  )
}

function DerivativeCell({ derivative: { fileName, url, width, height, bytes } }: { derivative: Derivative }) {
  const name = <code>{operationsOf(fileName)}</code>
  return (
    <>
      {url === undefined ? (
        name
      ) : (
        <a href={sameOriginPath(url)} target="_blank" rel="noreferrer">
          {name}
        </a>
      )}
      <p class="hint">
        {sizeText(width, height)}, {bytesText(bytes)}
      </p>
    </>
  )
}

/** Strips the image's id, which all rows share. */
const operationsOf = (fileName: string) => fileName.replace(/^[a-z0-9]+_?/, '')
