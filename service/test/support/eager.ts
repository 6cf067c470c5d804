import type { EagerProgress } from '../../ingest/eager-progress.ts'
import { callJson, read, type Session } from './session.ts'
import { until } from './until.ts'

/** The path of the route that enqueues derivatives of an image. */
export const pathOf = (id: string) => `/api/v1/images/${id}/eager`
/** Stores a preset. */
export const put = async (session: Session, name: string, operations: string, eager = true) =>
  read(await callJson(session, 'PUT', `/api/v1/presets/${name}`, { operations, eager }))
/** Enqueues derivatives and returns their progress. */
export const order = async (session: Session, id: string, body: unknown) =>
  read<EagerProgress>(await callJson(session, 'POST', pathOf(id), body), 202)
/** The progress of all enqueued derivatives of an image. */
export const progress = async (session: Session, id: string) =>
  read<EagerProgress>(await session.get(pathOf(id)))

/** Waits until no derivative is pending. */
export async function settled(session: Session, id: string): Promise<EagerProgress> {
  await until('nothing is pending', 30_000, async () => (await progress(session, id)).pending === 0)
  return progress(session, id)
}
