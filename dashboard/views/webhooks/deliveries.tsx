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
        <Button icon="retry" onClick={reload}>
          Refresh
        </Button>
      }
    >
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
