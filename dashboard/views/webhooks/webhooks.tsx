import './webhooks.css'
import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Webhook } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { SecretDialog } from '../../components/secret-dialog.tsx'
import { Failure, Spinner, State } from '../../components/state.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { dateText } from '../../format.ts'
import { PageHead } from '../../shell.tsx'
import { useLoaded } from '../../use-loaded.ts'
import { EventNames } from './events.tsx'
import { VerificationGuide } from './verification-guide.tsx'
import { WebhookView } from './webhook.tsx'
import { WebhookForm } from './webhook-form.tsx'

/** The list of webhooks, or the page of one. */
export function Webhooks({ id }: { id: string }) {
  return id === '' ? <WebhookList /> : <WebhookView key={id} id={id} />
}

function WebhookList() {
  const [loaded, reload] = useLoaded(signal => api.webhooks(signal), [])
  const [creating, setCreating] = useState(false)
  const [newWebhook, setNewWebhook] = useState<Webhook | undefined>(undefined)
  const created = (webhook: Webhook) => {
    setCreating(false)
    setNewWebhook(webhook)
    reload()
  }
  return (
    <>
      <PageHead title="Webhooks">
        <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
          New webhook
        </Button>
      </PageHead>
      {loaded.state === 'waiting' && <Spinner />}
      {loaded.state === 'failed' && <Failure error={loaded.error} onRetry={reload} />}
      {loaded.state === 'loaded' && <WebhookTable webhooks={loaded.value.items} />}
      {creating && (
        <WebhookForm
          title="New webhook"
          action="Create"
          onSubmit={api.createWebhook}
          onDone={created}
          onClose={() => setCreating(false)}
        />
      )}
      {newWebhook && (
        <SecretDialog
          title="Your new webhook"
          id={newWebhook.id}
          secret={newWebhook.secret ?? ''}
          onClose={() => setNewWebhook(undefined)}
        >
          <p class="hint">Your server verifies calls with this secret. The webhooks page shows how.</p>
        </SecretDialog>
      )}
    </>
  )
}

const columns: readonly Column<Webhook>[] = [
  {
    title: 'URL',
    kind: 'text',
    cell: ({ id, url }) => (
      <a class="hook-url" href={`/webhooks/${id}`}>
        {url}
      </a>
    ),
  },
  { title: 'Events', kind: 'text', cell: ({ events }) => <EventNames events={events} /> },
  { title: 'Created', cell: ({ createdAt }) => dateText(createdAt) },
]

function WebhookTable({ webhooks }: { webhooks: readonly Webhook[] }) {
  if (webhooks.length === 0) return <NoWebhooks />
  return (
    <div class="webhooks">
      <Table caption="Webhooks" columns={columns} rows={webhooks} keyOf={({ id }) => id} />
      <details class="how">
        <summary>How to verify a call</summary>
        <VerificationGuide />
      </details>
    </div>
  )
}

function NoWebhooks() {
  return (
    <State icon="webhooks" title="No webhooks yet">
      <p>
        Darkroom calls a webhook when an image is ready, is deleted or fails to render, and when your storage
        runs low.
      </p>
      <VerificationGuide />
    </State>
  )
}
