import './presets.css'
import { useEffect, useState } from 'preact/hooks'
import type { OperationTable } from '../../../service/url/option.ts'
import { api } from '../../api.ts'
import type { Preset } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Check } from '../../components/check.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Paged } from '../../components/paged.tsx'
import { State } from '../../components/state.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { dateText } from '../../format.ts'
import { mayWritePresets } from '../../session.ts'
import { PageHead } from '../../shell.tsx'
import { useLoaded } from '../../use-loaded.ts'
import { usePages } from '../../use-pages.ts'
import { operationTableOf } from '../playground/steps.ts'
import { playgroundPath } from './playground-path.ts'

/** Presets per page. */
const pageSize = 50

/** Presets: named operations that URLs can refer to. */
export function Presets() {
  const pages = usePages(cursor => api.presets(cursor, pageSize))
  const [operations] = useLoaded(() => api.operations(), [])
  const table = operations.state === 'loaded' ? operationTableOf(operations.value.items) : undefined
  const [deleting, setDeleting] = useState<Preset | undefined>(undefined)
  const act = async (work: Promise<unknown>, done: string) => {
    try {
      await work
      showToast(done)
    } catch (error) {
      showError(error)
    }
    // reload after errors too, since the shown list may be out of date
    pages.reload()
  }
  const setEager = ({ name, operations }: Preset, eager: boolean) =>
    act(
      api.putPreset(name, operations, eager),
      eager ? `${name} is rendered for every new image` : `${name} is rendered on request`,
    )
  return (
    <div class="presets">
      <PageHead title="Presets">
        {mayWritePresets() && (
          <a class="button primary" href="/playground">
            New preset
          </a>
        )}
      </PageHead>
      {!mayWritePresets() && (
        <p class="hint">
          Your image URLs may only use presets. Only administrators can create, change and delete them.
        </p>
      )}
      <Paged
        pages={pages}
        empty={mayWritePresets() ? <NoPresets /> : <State icon="presets" title="No presets yet" />}
      >
        {presets => (
          <Table
            caption="Presets"
            // for users who may use nothing but presets, the link refers to the preset by name, since the service
            // refuses other operations in their URLs
            columns={columns(mayWritePresets() ? table : undefined, setEager, setDeleting)}
            rows={presets}
            keyOf={({ name }) => name}
          />
        )}
      </Paged>
      {deleting && (
        <Confirm
          title={`Delete ${deleting.name}?`}
          action="Delete"
          onConfirm={() => {
            setDeleting(undefined)
            act(api.deletePreset(deleting.name), `${deleting.name} deleted`)
          }}
          onClose={() => setDeleting(undefined)}
        >
          URLs that name it stop working and its derivatives are deleted.
        </Confirm>
      )}
    </div>
  )
}

function columns(
  table: OperationTable | undefined,
  setEager: (preset: Preset, eager: boolean) => void,
  remove: (preset: Preset) => void,
): Column<Preset>[] {
  return [
    { title: 'Name', cell: ({ name }) => <code>{name}</code> },
    {
      title: 'Operations',
      kind: 'text',
      cell: ({ operations }) => <code class="preset-operations">{operations}</code>,
    },
    {
      title: 'Eager',
      cell: preset => <Eager preset={preset} onSet={on => setEager(preset, on)} />,
    },
    { title: 'Updated', cell: ({ updatedAt }) => dateText(updatedAt) },
    {
      title: 'Actions',
      hideTitle: true,
      cell: preset => (
        <div class="row-actions">
          <a
            class="button small"
            href={playgroundPath(preset, table)}
            aria-label={`Open ${preset.name} in the playground`}
          >
            Open
          </a>
          {mayWritePresets() && (
            <Button size="small" kind="danger" label={`Delete ${preset.name}`} onClick={() => remove(preset)}>
              Delete
            </Button>
          )}
        </div>
      ),
    },
  ]
}

/** A checkbox with an optimistic update, corrected when the list reloads. */
function Eager({ preset, onSet }: { preset: Preset; onSet: (on: boolean) => void }) {
  const [on, setOn] = useState(preset.eager)
  useEffect(() => setOn(preset.eager), [preset])
  const set = (next: boolean) => {
    setOn(next)
    onSet(next)
  }
  return (
    <Check checked={on} onCheck={set} disabled={!mayWritePresets()}>
      <span class="unseen">Render {preset.name} for every new image</span>
    </Check>
  )
}

function NoPresets() {
  return (
    <State icon="presets" title="No presets yet">
      <p>
        A preset gives operations a short name. URLs contain <code>preset_n-card</code>, and the operations
        can be changed in one place. Build one in the playground and choose Save as preset.
      </p>
      <a class="button" href="/playground">
        Open playground
      </a>
    </State>
  )
}
