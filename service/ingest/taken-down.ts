import { DarkroomError } from '../errors/catalogue.ts'
import type { TakedownRepository } from '../metadata/takedowns.ts'

/** Rejects content that was taken down. @throws DarkroomError `taken-down` */
export async function rejectTakenDown(rows: Pick<TakedownRepository, 'has'>, sha256: string): Promise<void> {
  if (await rows.has(sha256)) throw new DarkroomError('taken-down', 'file: its content was taken down')
}
