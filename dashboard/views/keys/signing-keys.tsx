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

/** Signing keys, which sign image URLs. */
export function SigningKeys({ onSecret }: { onSecret: (secret: Secret) => void }) {
  const { loaded, reload, create, change } = useSigningKeys(onSecret)
  const [revoking, setRevoking] = useState<string | undefined>(undefined)
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
        <Table
          caption="Signing keys"
          columns={columns(change, setRevoking)}
          rows={loaded.value.items}
          keyOf={({ id }) => id}
        />
      )}
      {revoking && (
        <Confirm
          title={`Revoke ${revoking}?`}
          action="Revoke"
          onConfirm={() => {
            setRevoking(undefined)
            change(revoking, 'revoked')
          }}
          onClose={() => setRevoking(undefined)}
        >
          Every URL signed with this key stops working at once. This cannot be undone.
        </Confirm>
      )}
    </Section>
  )
}

function columns(
  change: (id: string, state: KeyState) => void,
  revoke: (id: string) => void,
): Column<SigningKey>[] {
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
            <Button size="small" kind="danger" label={`Revoke ${id}`} onClick={() => revoke(id)}>
              Revoke
            </Button>
          )}
        </div>
      ),
    },
  ]
}
