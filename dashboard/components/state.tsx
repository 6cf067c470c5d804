import './state.css'
import type { ComponentChildren } from 'preact'
import { errorMessage } from '../calls.ts'
import { Button } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'

interface StateProps {
  readonly icon: IconName
  readonly title: string
  readonly children?: ComponentChildren
}

/** What stands where there is nothing else to show: why, and what can be done. */
export function State({ icon, title, children }: StateProps) {
  return (
    <div class="state">
      <Icon name={icon} size={40} />
      <h2>{title}</h2>
      {children}
    </div>
  )
}

/** What could not be loaded, and another try. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <State icon="warning" title="Loading failed">
      <p role="alert">{errorMessage(error)}</p>
      {onRetry && (
        <Button icon="retry" onClick={onRetry}>
          Retry
        </Button>
      )}
    </State>
  )
}

/** While something is on its way. */
export function Spinner({ label = 'Loading' }: { label?: string }) {
  return (
    <div class="waiting" role="status">
      <div class="waiting-mark" />
      <span class="unseen">{label}</span>
    </div>
  )
}
