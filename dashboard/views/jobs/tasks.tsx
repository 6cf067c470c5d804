import './tasks.css'
import { useEffect, useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Page, Task } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Section } from '../../components/section.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { dateText } from '../../format.ts'

/** How often the progress of unfinished tasks is read, in milliseconds. */
const pollMs = 2_000

interface TasksProps {
  /** The first page of tasks. */
  readonly first: Page<Task>
  /** Reads the first page again. */
  readonly onChange: () => void
}

/** Long work with its progress: purges and imports of many images and, for administrators, deletions of users, takedowns and chores. */
export function Tasks({ first, onChange }: TasksProps) {
  const { tasks, more, loadMore, reset } = useLaterTasks(first)
  // later pages are not read again
  const isOpen = first.items.some(
    ({ state }) => state === 'queued' || state === 'running' || state === 'waiting',
  )
  useEffect(() => {
    if (!isOpen) return
    const timer = setInterval(onChange, pollMs)
    return () => clearInterval(timer)
  }, [isOpen, onChange])
  if (tasks.length === 0) return null
  const act = async (work: Promise<void>, done: string) => {
    try {
      await work
      showToast(done)
    } catch (error) {
      showError(error)
    }
    reset()
    onChange()
  }
  return (
    <Section title="Long work">
      <Table
        caption="Long work"
        columns={columns(
          task => act(api.retryJob(task), `Retrying ${task.kind}`),
          task => act(api.cancelTask(task), `Cancelled ${task.kind}`),
        )}
        rows={tasks}
        keyOf={({ id }) => id}
      />
      {more && <Button onClick={loadMore}>Load more tasks</Button>}
    </Section>
  )
}

/**
 * Appends pages on request. They are not read again with the first one, whose tasks are those that run; `reset` removes
 * them after a change.
 */
function useLaterTasks(first: Page<Task>) {
  const [later, setLater] = useState<Page<Task> | undefined>(undefined)
  const cursor = later === undefined ? first.nextCursor : later.nextCursor
  const loadMore = async () => {
    try {
      const page = await api.tasks({ cursor: cursor ?? '' })
      setLater({ ...page, items: [...(later?.items ?? []), ...page.items] })
    } catch (error) {
      showError(error)
    }
  }
  const shown = new Set(first.items.map(({ id }) => id))
  const tasks = [...first.items, ...(later?.items.filter(({ id }) => !shown.has(id)) ?? [])]
  return { tasks, more: cursor !== null, loadMore, reset: () => setLater(undefined) }
}

function columns(onRetry: (task: Task) => void, onCancel: (task: Task) => void): Column<Task>[] {
  return [
    { title: 'Task', cell: task => <Name {...task} /> },
    { title: 'Progress', cell: task => <Progress {...task} /> },
    { title: 'Started', cell: ({ startedAt }) => startedAt && dateText(startedAt) },
    { title: 'Last error', kind: 'text', cell: ({ code, detail }) => code && `${detail} (${code})` },
    {
      title: 'Actions',
      hideTitle: true,
      cell: task => (
        <>
          {task.state === 'failed' && (
            <Button
              size="small"
              icon="retry"
              label={`Retry ${task.kind} ${task.subject}`}
              onClick={() => onRetry(task)}
            >
              Retry
            </Button>
          )}
          {task.isCancellable && (
            <Button size="small" label={`Cancel ${task.kind} ${task.subject}`} onClick={() => onCancel(task)}>
              Cancel
            </Button>
          )}
        </>
      ),
    },
  ]
}

const badges: Readonly<Record<Task['state'], string>> = {
  queued: 'pending',
  running: 'pending',
  waiting: 'pending',
  done: 'active',
  failed: 'failed',
  cancelled: '',
}

function Name({ kind, subject, state }: Task) {
  return (
    <>
      {kind} {subject} <span class={`badge ${badges[state]}`}>{state}</span>
    </>
  )
}

function Progress({ kind, subject, state, done, total, percent, failed = 0 }: Task) {
  const count = done.toLocaleString('en')
  const text = total === null ? count : `${count} of ${Math.max(done, total).toLocaleString('en')}`
  const isRunning = state === 'running' || state === 'waiting'
  return (
    <div class="task-progress">
      {isRunning && percent !== null && (
        <progress aria-label={`Progress of ${kind} ${subject}`} max={100} value={percent} />
      )}
      <span>{failed > 0 ? `${text}, ${failed} failed` : text}</span>
    </div>
  )
}
