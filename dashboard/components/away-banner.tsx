import './away-banner.css'
import { isAway } from '../reachability.ts'

/** Says that the service does not answer, and goes when it answers again. */
export function AwayBanner() {
  return (
    <div role="status">
      {isAway.value && (
        <p class="away-banner">The service does not answer. Changes are not saved until it does.</p>
      )}
    </div>
  )
}
