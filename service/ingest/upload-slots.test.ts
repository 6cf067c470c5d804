import t from '../test/support/tap.ts'
import { createUploadSlots } from './upload-slots.ts'

t.test('users who fill their slots leave some to others', async t => {
  const slots = createUploadSlots({ slots: 64, maxWaitMs: 10 })
  const { signal } = new AbortController()
  const running = new Map<string, number>()
  let finish = () => {}
  const finished = new Promise<void>(resolve => {
    finish = resolve
  })
  const upload = (userId: string) =>
    slots.run(userId, signal, async () => {
      running.set(userId, (running.get(userId) ?? 0) + 1)
      await finished
    })
  const all = ['a', 'b', 'c', 'd'].flatMap(userId => Array.from({ length: 16 }, () => upload(userId)))
  const rejected = all.slice(-8)
  await Promise.all(rejected.map(one => t.rejects(one, { code: 'too-many-requests', retryAfterMs: 2_000 })))
  t.strictSame(Object.fromEntries(running), { a: 16, b: 16, c: 16, d: 8 })
  const other = upload('e')
  t.equal(running.get('e'), 1, 'another user does not wait')
  finish()
  await Promise.all([...all.slice(0, -8), other])
})
