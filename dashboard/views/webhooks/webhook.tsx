import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Webhook } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Facts } from '../../components/facts.tsx'
import { Missing } from '../../components/missing.tsx'
import { Spinner } from '../../components/state.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { UpLink } from '../../components/up-link.tsx'
import { dateText } from '../../format.ts'
import { navigate } from '../../location.ts'
import { PageHead } from '../../shell.tsx'
import { useLoaded } from '../../use-loaded.ts'
import { Deliveries } from './deliveries.tsx'
import { EventNames } from './events.tsx'
import { WebhookForm } from './webhook-form.tsx'

const list = { to: '/webhooks', label: 'All webhooks' }

/** The page of one webhook, with its deliveries. */
export function WebhookView({ id }: { id: string }) {
  const [loaded, retry, setWebhook] = useLoaded(signal => api.webhook(id, signal), [id])
  if (loaded.state !== 'loaded') {
    return (
      <>
        <PageHead title="Webhook" />
        {loaded.state === 'waiting' && <Spinner />}
        {loaded.state === 'failed' && (
          <Missing error={loaded.error} onRetry={retry} what="webhook" list={list} />
        )}
      </>
    )
  }
  const webhook = loaded.value
  return (
    <>
      <UpLink to="/webhooks" label="Webhooks" />
      <PageHead title={new URL(webhook.url).host}>
        <Actions webhook={webhook} onChange={setWebhook} />
      </PageHead>
      <div class="webhooks">
        <Facts
          facts={[
            ['URL', <code key="url">{webhook.url}</code>],
            ['Events', <EventNames key="events" events={webhook.events} />],
            ['Created', dateText(webhook.createdAt)],
          ]}
        />
        <Deliveries webhookId={id} />
      </div>
    </>
  )
}

interface ActionsProps {
  readonly webhook: Webhook
  readonly onChange: (webhook: Webhook) => void
}

function Actions({ webhook, onChange }: ActionsProps) {
  const [dialog, setDialog] = useState<'change' | 'delete' | undefined>(undefined)
  const close = () => setDialog(undefined)
  const changed = (next: Webhook) => {
    close()
    onChange(next)
    showToast('Saved')
  }
  const remove = async () => {
    close()
    try {
      await api.deleteWebhook(webhook.id)
      showToast('Webhook deleted')
      navigate('/webhooks')
    } catch (error) {
      showError(error)
    }
  }
  return (
    <>
      <Button onClick={() => setDialog('change')}>Edit</Button>
      <Button kind="danger" icon="trash" onClick={() => setDialog('delete')}>
        Delete
      </Button>
      {dialog === 'change' && (
        <WebhookForm
          title="Edit webhook"
          action="Save"
          from={webhook}
          onSubmit={content => api.changeWebhook(webhook.id, content)}
          onDone={changed}
          onClose={close}
        />
      )}
      {dialog === 'delete' && (
        <Confirm title="Delete this webhook?" action="Delete" onConfirm={remove} onClose={close}>
          Darkroom stops calling this webhook, drops its pending deliveries and deletes its history.
        </Confirm>
      )}
    </>
  )
}
