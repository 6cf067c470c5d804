import { randomUUID } from 'node:crypto'
import Type from 'typebox'
import { DarkroomError } from '../errors/catalogue.ts'
import type { Takedown, TakedownRepository } from '../metadata/takedowns.ts'
import type { WebhookEvents } from '../webhooks/webhook-events.ts'
import type { ImageDeleter } from './image-deleter.ts'

/** The name of the job that clears away what a takedown has deleted. */
export const takedownJobName = 'takedown'

/** A page of it that somebody shall clear away. */
export const TakedownJob = Type.Object({
  sha256: Type.String(),
  /** Of each time that it is taken down: an earlier one under way does not do for it. */
  takedown: Type.String(),
  /** What this page comes after. */
  after: Type.String(),
})
export type TakedownJob = Type.Static<typeof TakedownJob>

export interface TakedownsParts {
  readonly rows: TakedownRepository
  readonly imageDeleter: ImageDeleter
  readonly events: Pick<WebhookEvents, 'publish'>
  /** Puts the job where somebody takes it. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly dispatch: (order: TakedownJob) => Promise<unknown>
}

/** What shall be taken down. */
export type TakedownTarget = { readonly imageId: string } | { readonly sha256: string }

/** How many images one page has. */
const together = 100

/** Contents that nobody may have here. */
export interface Takedowns {
  /**
   * Blocks a content and deletes every image that has it, whoever it is of: from this moment they are answered with
   * `deleted`, and their objects go behind the answer.
   * @throws DarkroomError `not-found` for an image that never was
   */
  takeDown(target: TakedownTarget, reason: string, by: string): Promise<Takedown & { images: number }>
  /** Clears a page of deleted images away, and has the next one done. */
  runPage(order: TakedownJob, signal: AbortSignal): Promise<void>
  /** Allows a content again; what was deleted does not come back. @throws DarkroomError `not-found` */
  lift(sha256: string): Promise<void>
}

export function createTakedowns({ rows, imageDeleter, events, dispatch }: TakedownsParts): Takedowns {
  const contentOf = async (target: TakedownTarget) => {
    const sha256 = 'sha256' in target ? target.sha256 : await rows.findContentHash(target.imageId)
    if (sha256 === undefined) throw new DarkroomError('not-found', 'there is no such image')
    return sha256
  }
  return {
    async takeDown(target, reason, by) {
      const sha256 = await contentOf(target)
      // first of all: an upload that has not seen it yet has said by now that it is one of this content
      const takedown = await rows.add({ sha256, reason, by })
      let images = 0
      for (;;) {
        const removed = await rows.deleteImages(sha256)
        if (removed.length === 0) break
        const seen = removed.filter(image => image.seen)
        imageDeleter.invalidate(seen)
        images += seen.length
      }
      await dispatch({ sha256, takedown: randomUUID(), after: '' })
      return { ...takedown, images }
    },
    async runPage(order, signal) {
      const { sha256, after } = order
      const page = await rows.listUnpurged(sha256, after, together)
      for (const image of page) {
        const { id: imageId, userId } = image
        const dedupeKey = `image.deleted/${imageId}/takedown`
        await events.publish(userId, { event: 'image.deleted', data: { imageId }, dedupeKey })
        await imageDeleter.removeObjects(image, 'takedown', signal)
      }
      const last = page.at(-1)
      if (last && page.length === together) await dispatch({ ...order, after: last.id })
    },
    async lift(sha256) {
      if (!(await rows.lift(sha256))) throw new DarkroomError('not-found', 'there is no such takedown')
    },
  }
}
