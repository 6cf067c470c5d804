import './webhooks.css'
import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Webhook } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { SecretOnce } from '../../components/secret-once.tsx'
import { Failure, State, Waiting } from '../../components/state.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { dateText } from '../../format.ts'
import { PageHead } from '../../shell.tsx'
import { useLoaded } from '../../use-loaded.ts'
import { EventNames } from './events.tsx'
import { Verifying } from './verifying.tsx'
import { OneWebhook } from './webhook.tsx'
import { WebhookForm } from './webhook-form.tsx'

/** Where the user wants to be told of what, or one of these places. */
export function Webhooks({ id }: { id: string }) {
  return id === '' ? <All /> : <OneWebhook key={id} id={id} />
}

function All() {
  const [loaded, again] = useLoaded(signal => api.webhooks(signal), [])
  const [asked, setAsked] = useState(false)
  const [made, setMade] = useState<Webhook | undefined>(undefined)
  const created = (webhook: Webhook) => {
    setAsked(false)
    setMade(webhook)
    again()
  }
  return (
    <>
      <PageHead title="Webhooks">
        <Button kind="primary" icon="plus" onClick={() => setAsked(true)}>
          New webhook
        </Button>
      </PageHead>
      {loaded.state === 'waiting' && <Waiting />}
      {loaded.state === 'failed' && <Failure error={loaded.error} onRetry={again} />}
      {loaded.state === 'loaded' && <Found webhooks={loaded.value.items} />}
      {asked && (
        <WebhookForm
          title="New webhook"
          action="Create"
          onSubmit={api.createWebhook}
          onDone={created}
          onClose={() => setAsked(false)}
        />
      )}
      {made && (
        <SecretOnce
          title="Your new webhook"
          id={made.id}
          secret={made.secret ?? ''}
          onClose={() => setMade(undefined)}
        >
          <p class="hint">Your server verifies calls with this secret. The webhooks page shows how.</p>
        </SecretOnce>
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

function Found({ webhooks }: { webhooks: readonly Webhook[] }) {
  if (webhooks.length === 0) return <NoWebhooks />
  return (
    <div class="webhooks">
      <Table caption="Webhooks" columns={columns} rows={webhooks} keyOf={({ id }) => id} />
      <details class="how">
        <summary>How to verify a call</summary>
        <Verifying />
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
      <Verifying />
    </State>
  )
}
