import { DarkroomError } from '../../errors/catalogue.ts'
import t from '../../test/support/tap.ts'
import { outcomeOf } from './import-outcome.ts'

const url = 'https://here.test/a.png'

t.test('an image that takes too long fails with the time limit, not with an internal error', async t => {
  const warnings: unknown[] = []
  const logger = { warn: (facts: unknown) => void warnings.push(facts) }
  const going = new AbortController().signal
  const late = { signal: going, timeLimit: AbortSignal.abort(), logger, url }
  const stopped = new DOMException('the operation was aborted', 'AbortError')
  const failure = { code: 'deadline', detail: 'was not imported within 180 s' }
  t.strictSame(outcomeOf(stopped, late), { kind: 'settled', failure })
  const refusal = new DarkroomError('not-an-image', 'file: is not an image')
  t.match(outcomeOf(refusal, late), { failure: { code: 'not-an-image' } }, 'a known reason is kept')
  t.match(outcomeOf(stopped, { ...late, signal: AbortSignal.abort() }), { kind: 'stop' }, 'the service stops')
  t.strictSame(warnings, [])
  t.match(outcomeOf(new Error('broken'), { ...late, timeLimit: going }), { failure: { code: 'internal' } })
  t.match(warnings, [{ host: 'here.test', reason: 'broken' }])
})
