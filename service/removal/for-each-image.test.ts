import { DarkroomError } from '../errors/catalogue.ts'
import t from '../test/support/tap.ts'
import { forEachImage } from './for-each-image.ts'

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
