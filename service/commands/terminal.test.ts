import t from '../test/support/tap.ts'
import { parseWords } from './arguments.ts'
import { formatError } from './format-error.ts'
import { printable, renderProgress } from './progress.ts'

t.test('a progress bar shows percentage, speed and remaining time', async t => {
  const half = { name: 'a.jpg', done: 5e6, total: 10e6, elapsedMs: 2000 }
  t.equal(
    renderProgress(half, 80),
    'a.jpg  [###############...............]   50%  5.0/10.0 MB  2.5 MB/s  0:02 left',
  )
  t.equal(renderProgress({ ...half, total: 0 }, 80), 'a.jpg  5.0 MB  2.5 MB/s')
  t.match(renderProgress({ ...half, done: 10e6 }, 80), /100% .* storing$/)
  for (let columns = 1; columns < 120; columns++) t.ok(renderProgress(half, columns).length < columns)
  const long = renderProgress({ ...half, name: `${'x'.repeat(300)}.jpg` }, 80)
  t.ok(long.length < 80 && long.includes('50%'), long)
  t.equal(printable('a\x1b[2Jb'), 'a?[2Jb')
})

t.test('an error is printed once with its causes and without passwords', async t => {
  const cause = new Error('connect ECONNREFUSED', { cause: new Error('at postgres://me:secret@host/x') })
  const error = new Error('the database does not answer', { cause })
  const text = 'the database does not answer (connect ECONNREFUSED: at postgres://…@host/x)'
  t.equal(formatError(error), text)
  t.equal(formatError(new AggregateError([new Error('v4'), new Error('v6')])), 'v4 (v6)')
  cause.cause = error
  t.ok(formatError(error).length < 200, 'causes that refer to each other are not repeated')
})

const spec = {
  operands: ['path', 'more...'],
  options: {
    user: { type: 'string', value: 'email', required: true, summary: 'who' },
    tag: { type: 'string', multiple: true, summary: 'which' },
    json: { type: 'boolean', summary: 'how' },
  },
} as const

t.test('arguments are parsed, and wrong ones are named', async t => {
  t.same(parseWords(spec, ['a', '--tag=x', 'b', '--tag', 'y', 'c', '--user', 'me', '--json']), {
    values: { user: 'me', tag: ['x', 'y'], json: true },
    operands: ['a', 'b', 'c'],
  })
  t.equal(parseWords(spec, ['-h']), undefined)
  t.equal(parseWords({}, ['--help']), undefined)
  const wrong = [
    [['a', '--user', 'me'], '<more...> is required'],
    [['a', 'b'], '--user is required'],
    [['a', 'b', '--user'], "Option '--user <value>' argument missing"],
    [['a', 'b', '--user', '--json'], "Option '--user' argument is ambiguous"],
    [['a', 'b', '--json=1'], "Option '--json' does not take an argument"],
    [['a', 'b', '--secret=x'], "Unknown option '--secret'"],
  ] as const
  for (const [words, message] of wrong) t.throws(() => parseWords(spec, words), { message })
  t.throws(() => parseWords({ operands: ['path'] }, ['a', 'b']), { message: 'unexpected argument: b' })
})
