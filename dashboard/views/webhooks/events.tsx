import type { WebhookEvent } from '../../api-types.ts'

/** Describes when each event is sent. */
export const eventDescriptions: Readonly<Record<WebhookEvent, string>> = {
  'image.ready':
    'An image was uploaded, and its analysis and smaller copies are done, or impossible because it is damaged.',
  'image.deleted': 'An image was deleted, by you or by a takedown.',
  'derivative.failed': 'A render job failed after all retries; includes the reason.',
  'quota.near': 'You have reached 80 % of your storage or image limit; sent once a day.',
}

/** A list of event names. */
export function EventNames({ events }: { events: readonly WebhookEvent[] }) {
  return (
    <ul class="event-names" aria-label="Events">
      {events.map(event => (
        <li key={event} class="badge">
          {event}
        </li>
      ))}
    </ul>
  )
}
