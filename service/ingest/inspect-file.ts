import type { Engine } from '../engine/engine.ts'
import type { InspectionResult } from '../engine/sources/inspect.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { TakedownRepository } from '../metadata/takedowns.ts'
import type { UserRepository } from '../metadata/users.ts'
import { rejectTakenDown } from './taken-down.ts'
import type { StagedFile } from './upload-staging.ts'

export interface FileInspectionParts {
  readonly users: Pick<UserRepository, 'findById'>
  readonly takedowns: Pick<TakedownRepository, 'has'>
  readonly engine: Engine
}

/**
 * Proves that a staged file is an image that the user may store. The quota is checked before the file is decoded.
 * @throws DarkroomError `taken-down`, `over-limit`, `not-an-image`, `too-many-pixels`, `too-complex` or `undecodable`
 */
export async function inspectFile(
  { users, takedowns, engine }: FileInspectionParts,
  userId: string,
  file: StagedFile,
  requireQuota: () => Promise<void>,
  signal: AbortSignal,
): Promise<InspectionResult> {
  if (file.bytes === 0) throw new DarkroomError('not-an-image', 'file: is empty')
  await rejectTakenDown(takedowns, file.sha256)
  await requireQuota()
  const inspected = await engine.inspectUpload(file.path, { tenant: userId, signal })
  signal.throwIfAborted()
  if (inspected.facts.truncated) await checkTruncatedAllowed(users, userId)
  return inspected
}

/** @throws DarkroomError `undecodable` if the user's setting refuses damaged files */
async function checkTruncatedAllowed(users: FileInspectionParts['users'], userId: string): Promise<void> {
  const user = await users.findById(userId)
  if (user?.rejectTruncated)
    throw new DarkroomError(
      'undecodable',
      'part of the image is missing or damaged, and rejectTruncated is set',
    )
}
