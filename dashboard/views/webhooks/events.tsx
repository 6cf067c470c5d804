import type { WebhookEvent } from '../../api-types.ts'

/** When each happens. */
export const occasions: Readonly<Record<WebhookEvent, string>> = {
  'image.ready': 'A picture was taken in, and what is made behind an upload is there.',
  'image.deleted': 'A picture was deleted, by you or by a takedown.',
  'derivative.failed': 'A development in a job was given up; it says why.',
  'quota.near': 'Four fifths of your storage or of your pictures are used; once a day.',
}

/** Their names, as many as there are. */
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
