import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { KeyState, SigningKey } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/dialog.tsx'
import type { Secret } from '../../components/secret-dialog.tsx'
import { Section } from '../../components/section.tsx'
import { Failure, Spinner } from '../../components/state.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { dateText } from '../../format.ts'
import { forgetThumbnails } from '../../thumbnails.ts'
import { useLoaded } from '../../use-loaded.ts'

/** Loads the signing keys and provides their actions. */
function useSigningKeys(onSecret: (secret: Secret) => void) {
  const [loaded, reload] = useLoaded(() => api.signingKeys(), [])
  const create = async () => {
    try {
      const { id, secret = '' } = await api.createSigningKey()
      onSecret({ title: 'Your new signing key', id, secret })
      reload()
    } catch (error) {
      showError(error)
    }
  }
  const change = async (id: string, state: KeyState) => {
    try {
      await api.setSigningKeyState(id, state)
      forgetThumbnails()
      showToast(`${id} is ${state}`)
      reload()
    } catch (error) {
      showError(error)
    }
  }
  return { loaded, reload, create, change }
}

/** A change of a key that waits for a confirmation. */
interface Pending {
  readonly id: string
  readonly state: 'retiring' | 'revoked'
  /** Whether no active key is left afterwards. */
  readonly isLast: boolean
}

/** Signing keys, which sign image URLs. */
export function SigningKeys({ onSecret }: { onSecret: (secret: Secret) => void }) {
  const { loaded, reload, create, change } = useSigningKeys(onSecret)
  const [pending, setPending] = useState<Pending | undefined>(undefined)
  const keys = loaded.state === 'loaded' ? loaded.value.items : []
  const request = (id: string, state: KeyState) => {
    const isLast = keys.every(key => key.state !== 'active' || key.id === id) && isActive(keys, id)
    if (state === 'revoked' || (state === 'retiring' && isLast)) setPending({ id, state, isLast })
    else change(id, state)
  }
  return (
    <Section
      title="Signing keys"
      actions={
        <Button icon="plus" onClick={create}>
          New signing key
        </Button>
      }
    >
      <p>
        The newest active key signs URLs. To replace a key, create a new one, switch your servers to it, and
        retire the old key: its URLs still work, but it signs no new ones. Revoke it once it is no longer
        used.
      </p>
      {loaded.state === 'waiting' && <Spinner />}
      {loaded.state === 'failed' && <Failure error={loaded.error} onRetry={reload} />}
      {loaded.state === 'loaded' && (
        <Table caption="Signing keys" columns={columns(request)} rows={keys} keyOf={({ id }) => id} />
      )}
      {pending && (
        <ConfirmChange
          pending={pending}
          onConfirm={() => {
            setPending(undefined)
            change(pending.id, pending.state)
          }}
          onClose={() => setPending(undefined)}
        />
      )}
    </Section>
  )
}

const isActive = (keys: readonly SigningKey[], id: string) =>
  keys.some(key => key.id === id && key.state === 'active')

interface ConfirmChangeProps {
  readonly pending: Pending
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Asks before a key is changed, and says what follows for URLs and for the dashboard. */
function ConfirmChange({ pending: { id, state, isLast }, onConfirm, onClose }: ConfirmChangeProps) {
  const action = state === 'revoked' ? 'Revoke' : 'Retire'
  return (
    <Confirm
      title={isLast ? `${action} the last active key?` : `${action} ${id}?`}
      action={action}
      onConfirm={onConfirm}
      onClose={onClose}
    >
      {state === 'revoked'
        ? 'Every URL signed with this key stops working at once. This cannot be undone.'
        : 'URLs that are signed already keep working.'}
      {isLast && (
        <>
          {' '}
          Without an active key the API signs no URLs: the library shows only blurred previews, and the
          playground shows no results. Create a new key first to avoid this.
        </>
      )}
    </Confirm>
  )
}

function columns(change: (id: string, state: KeyState) => void): Column<SigningKey>[] {
  return [
    { title: 'Id', cell: ({ id }) => <code>{id}</code> },
    { title: 'State', cell: ({ state }) => <span class={`badge ${state}`}>{state}</span> },
    { title: 'Created', cell: ({ createdAt }) => dateText(createdAt) },
    { title: 'Last used', cell: ({ lastUsedAt }) => (lastUsedAt ? dateText(lastUsedAt) : 'never') },
    {
      title: 'Actions',
      hideTitle: true,
      cell: ({ id, state }) => (
        <div class="row-actions">
          {state === 'active' && (
            <Button size="small" label={`Retire ${id}`} onClick={() => change(id, 'retiring')}>
              Retire
            </Button>
          )}
          {state === 'retiring' && (
            <Button size="small" label={`Make ${id} active`} onClick={() => change(id, 'active')}>
              Make active
            </Button>
          )}
          {state !== 'revoked' && (
            <Button size="small" kind="danger" label={`Revoke ${id}`} onClick={() => change(id, 'revoked')}>
              Revoke
            </Button>
          )}
        </div>
      ),
    },
  ]
}
