import { useCallback, useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Job, Jobs as JobsPage, Page, Task } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Paged } from '../../components/paged.tsx'
import { State } from '../../components/state.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { dateText } from '../../format.ts'
import { PageHead } from '../../shell.tsx'
import { usePages } from '../../use-pages.ts'
import { Tasks } from './tasks.tsx'

/**
 * Long work with its progress, and background jobs that failed after all retries, with a Retry button, or that wait for a
 * dependency.
 */
export function Jobs() {
  const [waiting, setWaiting] = useState<JobsPage['waiting']>(undefined)
  const [tasks, setTasks] = useState<Page<Task>>({ items: [], nextCursor: null })
  const pages = usePages(async cursor => {
    const page = await api.jobs(cursor)
    setWaiting(page.waiting)
    if (page.tasks) setTasks(tasksOf(page))
    return page
  })
  const readTasks = useCallback(() => {
    // while the service is away, the last progress stays
    api.jobs().then(
      page => setTasks(tasksOf(page)),
      () => {},
    )
  }, [])
  const retry = async (job: Job) => {
    try {
      await api.retryJob(job)
      showToast(`Retrying ${job.name}`)
      pages.reload()
    } catch (error) {
      showError(error)
    }
  }
  return (
    <>
      <PageHead title="Jobs">
        <Button icon="retry" onClick={pages.reload}>
          Refresh
        </Button>
      </PageHead>
      <Tasks first={tasks} onChange={readTasks} />
      <Paged pages={pages} empty={<NothingFailed />}>
        {jobs => (
          <Table
            caption="Failed and waiting jobs"
            columns={columns(retry)}
            rows={jobs}
            keyOf={({ id }) => id}
          />
        )}
      </Paged>
      {waiting && <QueuedJobs waiting={waiting} />}
    </>
  )
}

const tasksOf = ({ tasks = [], nextTaskCursor = null }: JobsPage): Page<Task> => ({
  items: tasks,
  nextCursor: nextTaskCursor,
})

function NothingFailed() {
  return (
    <State icon="check" title="No failed jobs">
      <p>
        Jobs that failed after all retries, or that wait for the database or the store, are listed here with
        the reason.
      </p>
    </State>
  )
}

function QueuedJobs({ waiting }: { waiting: Readonly<Record<string, number>> }) {
  const all = Object.entries(waiting).filter(([, count]) => count > 0)
  if (all.length === 0) return null
  return <p class="hint">Queued: {all.map(([name, count]) => `${count} × ${name}`).join(', ')}</p>
}

function columns(onRetry: (job: Job) => void): Column<Job>[] {
  return [
    { title: 'Job', cell: ({ name, state }) => <Name name={name} state={state} /> },
    { title: 'Image', cell: ({ imageId }) => imageId && <a href={`/images/${imageId}`}>{imageId}</a> },
    { title: 'Reason', kind: 'text', cell: ({ code, detail }) => `${detail} (${code})` },
    { title: 'Attempts', kind: 'number', cell: ({ attempts }) => attempts },
    { title: 'Last attempt', cell: ({ failedAt }) => dateText(failedAt) },
    {
      title: 'Actions',
      hideTitle: true,
      // a waiting job is retried automatically
      cell: job =>
        job.state !== 'waiting' && (
          <Button
            size="small"
            icon="retry"
            label={`Retry ${job.name} of ${job.key}`}
            onClick={() => onRetry(job)}
          >
            Retry
          </Button>
        ),
    },
  ]
}

function Name({ name, state }: Pick<Job, 'name' | 'state'>) {
  return (
    <>
      {name} <span class={`badge ${state === 'waiting' ? 'pending' : 'failed'}`}>{state}</span>
    </>
  )
}
