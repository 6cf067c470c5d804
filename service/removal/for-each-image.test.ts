import { DarkroomError } from '../errors/catalogue.ts'
import t from '../test/support/tap.ts'
import { forEachGroup, forEachImage } from './for-each-image.ts'

const images = ['a', 'b', 'c'].map(id => ({ id }))
const options = { logger: { warn: () => {} }, signal: new AbortController().signal, message: 'failed' }

t.test('an image that fails does not stop those behind it, but an outage does', async t => {
  const seen: string[] = []
  const work = (isOutage: boolean) => async (image: { id: string }) => {
    seen.push(image.id)
    if (image.id === 'b') throw new DarkroomError('unavailable', 'the object is locked', { isOutage })
  }
  t.strictSame(await forEachImage(images, work(false), options), { reached: 3, failed: 1 })
  await t.rejects(forEachImage(images, work(true), options), { code: 'unavailable' })
  t.strictSame(seen, ['a', 'b', 'c', 'a', 'b'])
})

t.test('a page ends with the image that exceeds its time', async t => {
  const fail = async () => {
    throw new Error('slow')
  }
  t.strictSame(await forEachImage(images, fail, { ...options, pageMs: 0 }), { reached: 1, failed: 1 })
  t.strictSame(await forEachImage([], fail, options), { reached: 0, failed: 0 })
})

t.test('an image that takes too long counts as failed, and those behind it are reached', async t => {
  const seen: string[] = []
  const work = async ({ id }: { id: string }) => {
    seen.push(id)
    if (id === 'a') await new Promise(() => {})
  }
  const progress = await forEachImage(images, work, { ...options, imageMs: 20 })
  t.strictSame([progress, seen], [{ reached: 3, failed: 1 }, ['a', 'b', 'c']])
})

t.test('a page of groups ends when its time is over, and where a group ended', async t => {
  const groups: string[] = []
  const work = async (group: readonly { id: string }[]) => {
    groups.push(group.map(({ id }) => id).join(''))
    return { reached: group.length, failed: 1 }
  }
  t.strictSame(await forEachGroup(images, work, { size: 2 }), { reached: 3, failed: 2 })
  t.strictSame(await forEachGroup(images, work, { size: 2, pageMs: 0 }), { reached: 2, failed: 1 })
  const half = async () => ({ reached: 1, failed: 0 })
  t.strictSame(await forEachGroup(images, half, { size: 2 }), { reached: 1, failed: 0 })
  t.strictSame(await forEachGroup([], work, { size: 2 }), { reached: 0, failed: 0 })
  t.strictSame(groups, ['ab', 'c', 'ab'])
})
