import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Derivative, Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Paged } from '../../components/paged.tsx'
import { Section } from '../../components/section.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { bytesText, countText, durationText, numberText, sizeText } from '../../format.ts'
import { ofVersion } from '../../image-version.ts'
import { sameOriginPath } from '../../same-origin-path.ts'
import { user } from '../../session.ts'
import { usePages } from '../../use-pages.ts'

const columnsOf = (image: Image): readonly Column<Derivative>[] => [
  {
    title: 'Operations',
    kind: 'text',
    cell: derivative => <DerivativeLink image={image} derivative={derivative} />,
  },
  { title: 'Format', cell: ({ format }) => format.toUpperCase() },
  { title: 'Pixels', kind: 'number', cell: ({ width, height }) => sizeText(width, height) },
  { title: 'Bytes', kind: 'number', cell: ({ bytes }) => bytesText(bytes) },
  { title: 'Hits', kind: 'number', cell: ({ hits }) => numberText(hits) },
  { title: 'Rendered in', kind: 'number', cell: ({ costMs }) => durationText(costMs) },
]

/** The stored derivatives of an image. Each opens in a new tab. */
export function Derivatives({ image }: { image: Image }) {
  const pages = usePages((cursor, signal) => api.derivatives(image.id, cursor, signal))
  const [busy, setBusy] = useState(false)
  const purge = async () => {
    setBusy(true)
    try {
      const { derivatives } = await api.purgeImage(image.id)
      showToast(`${countText(derivatives, 'derivative')} purged`)
      pages.reload()
    } catch (error) {
      showError(error)
    }
    setBusy(false)
  }
  const { items } = pages
  return (
    <Section
      title="Derivatives"
      actions={
        items.length > 0 && (
          <Button size="small" icon="retry" disabled={busy} onClick={purge}>
            Purge
          </Button>
        )
      }
    >
      <Paged
        pages={pages}
        empty={
          <p class="hint">No derivatives yet. A derivative is rendered when its URL is first requested.</p>
        }
      >
        {items => (
          <div class="derivatives">
            <Table
              caption="Derivatives"
              columns={columnsOf(image)}
              rows={items}
              keyOf={({ fileName }) => fileName}
            />
          </div>
        )}
      </Paged>
      {items.length > 0 && <Notes items={items} />}
    </Section>
  )
}

function Notes({ items }: { items: readonly Derivative[] }) {
  return (
    <p class="hint">
      Hits are responses in the last 30 days; of each day, only the most requested derivatives are counted. A
      purge removes all derivatives; each is rendered again at its next request.
      {items.some(({ url }) => url === undefined) &&
        (user.value?.presetsOnly
          ? ' Your image URLs may only use presets, so derivatives do not open here.'
          : ' Derivatives open here when there is an active signing key.')}
    </p>
  )
}

interface LinkProps {
  readonly image: Image
  readonly derivative: Derivative
}

function DerivativeLink({ image, derivative: { fileName, url } }: LinkProps) {
  const name = <code>{operationsOf(fileName)}</code>
  if (url === undefined) return name
  return (
    <a href={ofVersion(sameOriginPath(url), image)} target="_blank" rel="noreferrer">
      {name}
      <span class="unseen">, opens in a new tab</span>
    </a>
  )
}

/** Strips the image's id, which all rows share. */
const operationsOf = (fileName: string) => fileName.replace(/^[a-z0-9]+_?/, '')
