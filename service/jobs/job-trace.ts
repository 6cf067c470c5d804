import type { JobDelivery } from '../queue/queue.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { type EntrySpec, traced } from '../telemetry/tracing.ts'

/** The span of an attempt, in the trace of the request that enqueued the job. */
export function attemptSpan({ job: { name }, attempt, traceparent }: JobDelivery): EntrySpec {
  const attributes = {
    ...{ 'messaging.operation.name': 'process', 'messaging.operation.type': 'process' },
    ...{ 'messaging.destination.name': name, 'darkroom.job.attempt': attempt },
  }
  return { name: `process ${name}`, kind: 'consumer', attributes, traceparent }
}

/** Records how long a job has waited in the queue. The clock of another machine may be ahead. */
export function recordWait({ timer }: Pick<Metrics, 'timer'>, { job, storedAt }: JobDelivery): Promise<void> {
  timer('darkroom_job_wait_seconds', job.name).record(Math.max(0, Date.now() - storedAt))
  return traced(
    () => ({ name: 'wait in the queue', startedAt: Math.min(Date.now(), storedAt) }),
    async () => {},
  )
}
