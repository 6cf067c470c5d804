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

/** A placeholder for content: says why there is none and what to do. */
export function State({ icon, title, children }: StateProps) {
  return (
    <div class="state">
      <Icon name={icon} size={40} />
      <h2>{title}</h2>
      {children}
    </div>
  )
}

/** An error message with a Retry button. */
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

/** A loading indicator. */
export function Spinner({ label = 'Loading' }: { label?: string }) {
  return (
    <div class="waiting" role="status">
      <div class="waiting-mark" />
      <span class="unseen">{label}</span>
    </div>
  )
}
