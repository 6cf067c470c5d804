import { api } from '../../api.ts'
import type { Task } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { showError } from '../../components/toast.tsx'
import { countText, dateText, numberText } from '../../format.ts'

interface ImportTasksProps {
  readonly tasks: readonly Task[]
  /** Reads the tasks again. */
  readonly onChange: () => void
}

/** The imports that the service works on in the background, and those that ended lately. */
export function ImportTasks({ tasks, onChange }: ImportTasksProps) {
  const act = async (work: Promise<void>) => {
    await work.catch(showError)
    onChange()
  }
  return (
    <>
      {tasks.map(task => (
        <section key={task.id} aria-label={`Import of ${dateText(task.createdAt)}`} class="imports">
          <div class="imports-head">
            <h2 aria-live="polite">{summaryOf(task)}</h2>
            <div class="actions">
              {task.state === 'failed' && (
                <Button size="small" icon="retry" onClick={() => act(api.retryJob(task))}>
                  Retry failed
                </Button>
              )}
              {task.isCancellable && (
                <Button size="small" onClick={() => act(api.cancelTask(task))}>
                  Cancel
                </Button>
              )}
            </div>
          </div>
          <progress
            aria-label={`Import of ${dateText(task.createdAt)}`}
            max={task.total ?? 1}
            value={task.done + (task.failed ?? 0)}
          />
          <Reason task={task} />
          <Failures task={task} />
        </section>
      ))}
    </>
  )
}

function summaryOf({ state, done, total, failed = 0 }: Task): string {
  const texts = [
    `${numberText(done)} of ${countText(total ?? 0, 'image')} imported`,
    ...(failed > 0 ? [`${numberText(failed)} failed`] : []),
    ...(state === 'cancelled' ? ['cancelled'] : []),
  ]
  return texts.join(', ')
}

/** Why the import waits or has ended early. An import that has reached its end repeats its first failure here. */
function Reason({ task: { state, detail, failures: [first] = [] } }: { task: Task }) {
  if (detail === null || (state !== 'waiting' && state !== 'failed')) return null
  if (first && detail.endsWith(`: images.${first.number}: ${first.detail}`)) return null
  return (
    <p class="mistake">
      {state === 'waiting' ? `Waiting, because the last attempt failed: ${detail}` : detail}
    </p>
  )
}

function Failures({ task: { failed = 0, failures = [] } }: { task: Task }) {
  if (failures.length === 0) return null
  return (
    <>
      <ul>
        {failures.map(({ number, url, detail: reason }) => (
          <li key={number} class="import-row" data-state="failed">
            <span>{url}</span>
            <span class="mistake">{reason?.replace(/^url: /, '')}</span>
          </li>
        ))}
      </ul>
      {failed > failures.length && <p class="hint">and {numberText(failed - failures.length)} more</p>}
    </>
  )
}
