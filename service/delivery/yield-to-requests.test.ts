import t from '../test/support/tap.ts'
import { yieldToRequests } from './yield-to-requests.ts'

const neverAborted = new AbortController().signal
const idle = { running: 0, waiting: 0, inspecting: 0, background: 0, oldestMs: 0, memoryBytes: 0 }
const waitedFor = async (load: Partial<typeof idle>) => {
  const started = performance.now()
  await yieldToRequests({ load: { ...idle, ...load } }, 1, neverAborted)
  return performance.now() - started >= 200
}

t.test('background work yields to requests that run or wait, not to other background work', async t => {
  t.equal(await waitedFor({}), false)
  t.equal(await waitedFor({ running: 2, background: 2 }), false)
  t.equal(await waitedFor({ running: 3, background: 2 }), true)
  t.equal(await waitedFor({ running: 2, background: 2, waiting: 1 }), true)
})
