import t from '../test/support/tap.ts'
import { accountKey, ChangeLog, imageKeys } from './change-log.ts'

/** A value made of these rows, read now. */
const readNow = (log: ChangeLog, keys: readonly string[]) => ({
  position: log.position,
  slots: keys.map(key => log.slotOf(key)),
})

t.test('a value is outdated when one of its rows has changed since it was read', async t => {
  const log = new ChangeLog()
  const values = {
    image: readNow(log, imageKeys('ada', 'first')),
    other: readNow(log, imageKeys('ada', 'second')),
    account: readNow(log, [accountKey('ada')]),
    stranger: readNow(log, [...imageKeys('eve', 'first'), accountKey('eve')]),
  }
  const outdated = () =>
    Object.entries(values)
      .filter(([, value]) => log.hasChanged(value))
      .map(([name]) => name)
  t.strictSame(outdated(), [])
  log.record(['ada/first'])
  t.strictSame(outdated(), ['image'])
  t.notOk(log.hasChanged(readNow(log, imageKeys('ada', 'first'))), 'a later read is not outdated')
  log.record(['ada'])
  t.strictSame(outdated(), ['image', 'account'])
  log.record(['ada/'])
  t.strictSame(outdated(), ['image', 'other', 'account'])
  log.recordAll()
  t.strictSame(outdated(), ['image', 'other', 'account', 'stranger'])
})

t.test(
  'only rows that were read while listening are covered, and only while confirmations arrive',
  async t => {
    const log = new ChangeLog()
    const before = log.position
    log.listening()
    const after = log.position
    const covered = (position: number) => log.isCovered(position, 10_000)
    t.notOk(covered(after), 'not confirmed yet')
    log.confirm(9_400, 9_950)
    t.notOk(covered(after), 'too late for the first confirmation')
    log.confirm(9_300, 9_350)
    t.strictSame([covered(before), covered(after)], [false, true])
    log.confirm(9_200, 9_360)
    t.ok(covered(after), 'confirmations may arrive in another order')
    t.notOk(log.isCovered(after, 10_201), 'confirmed too long ago')
    log.lost()
    t.notOk(covered(after), 'lost at once')
    log.listening()
    log.confirm(9_990, 9_995)
    t.notOk(covered(after), 'changes may have been missed meanwhile')
    t.ok(covered(log.position))
  },
)

t.test('a mark knows how old the rows are that caches may serve from then on', async t => {
  const log = new ChangeLog()
  const age = () => performance.now() - log.mark().asOf
  t.ok(Math.abs(age() - 500) < 100, 'rows are read again after half a second')
  log.listening()
  log.confirm(performance.now() - 100)
  t.ok(Math.abs(age() - 500) < 100)
  const busy = new ChangeLog()
  busy.listening()
  const now = performance.now()
  busy.confirm(now - 700, now - 650)
  const late = performance.now() - busy.mark().asOf
  t.ok(late >= 700 && late < 900, 'rows may be as old as the last confirmation')
})

t.test('a response is covered only if all rows that were used for it were', async t => {
  const log = new ChangeLog()
  const early = log.mark()
  const { position } = log
  log.listening()
  t.notOk(log.isCoverable(early), 'begun before the listening')
  const mark = log.mark()
  log.countRead(log.position)
  t.ok(log.isCoverable(mark))
  log.countRead(position)
  t.notOk(log.isCoverable(mark), 'an earlier row was used')
  t.ok(log.isCoverable(log.mark()))
  log.lost()
  t.notOk(log.isCoverable(log.mark()))
})

t.test('the log is in use for a while after a cache has asked', async t => {
  const log = new ChangeLog()
  t.notOk(log.isInUse(1_000_000))
  log.isCovered(0, performance.now())
  t.ok(log.isInUse(1_000_000))
  t.notOk(log.isInUse(0))
})
