import './state.css'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { errorMessage } from '../calls.ts'
import { isInterrupted } from '../interruption.ts'
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

/**
 * An error message with a Retry button. While the service is away or the session has ended, it waits, and retries by
 * itself afterwards.
 */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const waits = isInterrupted(error)
  const waited = useRef(false)
  useEffect(() => {
    if (!waits && waited.current) onRetry?.()
    waited.current = waits
  }, [waits])
  if (waits) return <Spinner label="Waiting" />
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
