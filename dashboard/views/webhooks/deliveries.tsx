import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Delivery } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Section } from '../../components/section.tsx'
import { Failure, Spinner } from '../../components/state.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { showError } from '../../components/toast.tsx'
import { dateText } from '../../format.ts'
import { useDeliveries } from './use-deliveries.ts'

/** The latest deliveries of a webhook, with their outcome. */
export function Deliveries({ webhookId }: { webhookId: string }) {
  const { deliveries, error, reload, poll } = useDeliveries(webhookId)
  const [testId, setTestId] = useState('')
  const [isSending, setSending] = useState(false)
  const sendTest = async () => {
    setSending(true)
    try {
      const delivery = await api.sendTestEvent(webhookId)
      setTestId(delivery.id)
      poll(delivery)
    } catch (failure) {
      showError(failure)
    }
    setSending(false)
  }
  const redeliver = async ({ id }: Delivery) => {
    try {
      poll(await api.redeliver(webhookId, id))
    } catch (failure) {
      showError(failure)
    }
  }
  return (
    <Section
      title="Deliveries"
      actions={
        <div class="row-actions">
          <Button disabled={isSending} onClick={sendTest}>
            Send test event
          </Button>
          <Button icon="retry" onClick={reload}>
            Refresh
          </Button>
        </div>
      }
    >
      <p class="test-outcome" role="status">
        {outcomeOf(deliveries?.find(({ id }) => id === testId))}
      </p>
      {error !== undefined && <Failure error={error} onRetry={reload} />}
      {deliveries === undefined && error === undefined && <Spinner />}
      {deliveries && deliveries.length === 0 && (
        <p class="hint">No deliveries yet. The latest 100 are listed here.</p>
      )}
      {deliveries && deliveries.length > 0 && (
        <Table caption="Deliveries" columns={columns(redeliver)} rows={deliveries} keyOf={({ id }) => id} />
      )}
    </Section>
  )
}

/** What became of a test event so far. */
function outcomeOf(test: Delivery | undefined): string {
  if (test === undefined) return ''
  const { status, attempts, detail, responseCode } = test
  if (status === 'delivered') return `The test event was delivered: the webhook answered ${responseCode}.`
  if (status === 'failed') return `The test event failed: ${detail}.`
  if (attempts === 0) return 'The test event is being sent.'
  return `The test event failed in attempt ${attempts}: ${detail}. Darkroom tries again.`
}

function columns(redeliver: (delivery: Delivery) => void): Column<Delivery>[] {
  return [
    { title: 'Event', cell: ({ event }) => <code>{event}</code> },
    { title: 'State', cell: ({ status }) => <span class={`badge ${status}`}>{status}</span> },
    { title: 'Response', kind: 'number', cell: ({ responseCode }) => responseCode ?? 'none' },
    { title: 'Attempts', kind: 'number', cell: ({ attempts }) => attempts },
    { title: 'Last attempt', cell: ({ at }) => (at ? dateText(at) : 'not yet') },
    { title: 'Reason', kind: 'text', cell: ({ detail }) => detail },
    {
      title: 'Actions',
      hideTitle: true,
      cell: delivery => (
        <div class="row-actions">
          <Button
            size="small"
            icon="retry"
            disabled={delivery.status === 'pending'}
            label={`Redeliver ${delivery.event} ${delivery.id}`}
            onClick={() => redeliver(delivery)}
          >
            Redeliver
          </Button>
        </div>
      ),
    },
  ]
}
