import { useState } from 'preact/hooks'
import type { WebhookContent } from '../../api.ts'
import { type Webhook, type WebhookEvent, webhookEvents } from '../../api-types.ts'
import { Checks } from '../../components/check.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { useSubmit } from '../../use-submit.ts'
import { eventDescriptions } from './events.tsx'

interface FormProps {
  readonly title: string
  readonly action: string
  /** The initial values; omitted for a new webhook. */
  readonly from?: WebhookContent
  /** @throws Problem, whose message is shown */
  readonly onSubmit: (content: WebhookContent) => Promise<Webhook>
  readonly onDone: (webhook: Webhook) => void
  readonly onClose: () => void
}

const choices = webhookEvents.map(event => ({
  value: event,
  label: (
    <span>
      <code>{event}</code>
      <br />
      <span class="hint">{eventDescriptions[event]}</span>
    </span>
  ),
}))

const isEvent = (name: string): name is WebhookEvent => Object.hasOwn(eventDescriptions, name)

/** The form for a webhook's URL and events. */
export function WebhookForm({ title, action, from, onSubmit, onDone, onClose }: FormProps) {
  const [url, setUrl] = useState(from?.url ?? '')
  const [events, setEvents] = useState<readonly string[]>(from?.events ?? ['image.ready'])
  const { submit, busy, error } = useSubmit(async () =>
    onDone(await onSubmit({ url: url.trim(), events: events.filter(isEvent) })),
  )
  return (
    <FormDialog
      title={title}
      action={action}
      ready={!busy && url.trim() !== '' && events.length > 0}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label="URL"
        hint="Receives events as JSON by POST. The host must have a public address."
        placeholder="https://example.com/hooks/darkroom"
        inputmode="text"
        maxLength={2000}
        autofocus
        required
        error={error}
        value={url}
        onValue={setUrl}
      />
      <Checks label="Events" rows choices={choices} chosen={events} onChoose={setEvents} />
    </FormDialog>
  )
}
