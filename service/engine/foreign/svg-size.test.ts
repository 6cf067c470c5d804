import t from '../../test/support/tap.ts'
import { withCompleteSize } from './svg-size.ts'

const box = 'viewBox="0 0 20 10"'

t.test('the missing side of an SVG follows from the ratio of its viewBox', async t => {
  const sizes = {
    'width="200"': ' width="200" height="100"',
    'height="5px"': ' width="10px" height="5px"',
    'width="200" height="100%"': ' width="200" height="100"',
    'width="7" height="9"': ' width="7" height="9"',
  }
  for (const [given, size] of Object.entries(sizes)) {
    const completed = withCompleteSize(`<svg ${given} ${box}/>`, 0)
    for (const side of size.trim().split(' ')) t.ok(completed.includes(side), `${given}: ${completed}`)
  }
  t.equal(withCompleteSize('<svg width="200"/>', 0), '<svg width="200"/>', 'unchanged without a viewBox')
})

// a regular expression with backtracking would take minutes for each
t.test('the size of a hostile SVG is read in linear time', { timeout: 20_000 }, async t => {
  const many = 1_000_000
  for (const value of ['9'.repeat(many), ' '.repeat(many), '.9'.repeat(many), '1e'.repeat(many)]) {
    const text = `<svg width="${value}x" ${box} height="${value}"/>`
    t.ok(withCompleteSize(text, 0).length <= text.length, value.slice(0, 4))
  }
  t.ok(withCompleteSize(`<svg ${'a="" '.repeat(many)}`, 0))
})
