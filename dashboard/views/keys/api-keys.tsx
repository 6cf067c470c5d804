import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { ApiKey } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Paged } from '../../components/paged.tsx'
import type { Secret } from '../../components/secret-dialog.tsx'
import { Section } from '../../components/section.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { dateText } from '../../format.ts'
import { usePages } from '../../use-pages.ts'
import { NewApiKey } from './new-api-key.tsx'

/** API keys, which programs use to call the API. */
export function ApiKeys({ onSecret }: { onSecret: (secret: Secret) => void }) {
  const pages = usePages(cursor => api.apiKeys(cursor))
  const [creating, setCreating] = useState(false)
  const created = ({ id, secret = '' }: ApiKey) => {
    setCreating(false)
    onSecret({ title: 'Your new API key', id, secret })
    pages.reload()
  }
  return (
    <Section
      title="API keys"
      actions={
        <Button icon="plus" onClick={() => setCreating(true)}>
          New API key
        </Button>
      }
    >
      <p>Programs send an API key as a bearer token. A key can do only what its scopes allow.</p>
      <Paged pages={pages} empty={<p class="hint">No API keys yet.</p>}>
        {keys => <List keys={keys} onChange={pages.reload} />}
      </Paged>
      {creating && <NewApiKey onCreated={created} onClose={() => setCreating(false)} />}
    </Section>
  )
}

function List({ keys, onChange }: { keys: readonly ApiKey[]; onChange: () => void }) {
  const [revoking, setRevoking] = useState<ApiKey | undefined>(undefined)
  const revoke = async ({ id, name }: ApiKey) => {
    setRevoking(undefined)
    try {
      await api.revokeApiKey(id)
      showToast(`${name} revoked`)
      onChange()
    } catch (error) {
      showError(error)
    }
  }
  return (
    <>
      <Table caption="API keys" columns={columns(setRevoking)} rows={keys} keyOf={({ id }) => id} />
      {revoking && (
        <Confirm
          title={`Revoke ${revoking.name}?`}
          action="Revoke"
          onConfirm={() => revoke(revoking)}
          onClose={() => setRevoking(undefined)}
        >
          Programs that use this key will be refused.
        </Confirm>
      )}
    </>
  )
}

function columns(revoke: (key: ApiKey) => void): Column<ApiKey>[] {
  return [
    { title: 'Name', cell: ({ name }) => name },
    { title: 'Scopes', cell: ({ scopes }) => scopes.join(', ') },
    { title: 'Last used', cell: ({ lastUsedAt }) => (lastUsedAt ? dateText(lastUsedAt) : 'never') },
    { title: 'Expires', cell: ({ expiresAt }) => (expiresAt ? dateText(expiresAt) : 'never') },
    {
      title: 'Actions',
      hideTitle: true,
      cell: key => (
        <div class="row-actions">
          <Button size="small" kind="danger" label={`Revoke ${key.name}`} onClick={() => revoke(key)}>
            Revoke
          </Button>
        </div>
      ),
    },
  ]
}
