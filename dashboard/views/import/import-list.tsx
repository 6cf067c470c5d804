import { Button } from '../../components/button.tsx'
import { countText, numberText } from '../../format.ts'
import { clearImports, type Import, retryFailed, stopWaiting } from '../../imports.ts'

/** How many rows are shown at most. Failures come first. */
const maxRows = 200
const order = ['failed', 'fetching', 'preparing', 'waiting', 'done'] as const

/** The progress and the results of all imports. */
export function ImportList({ all }: { all: readonly Import[] }) {
  const count = (...states: Import['state'][]) => all.filter(({ state }) => states.includes(state)).length
  const [failed, waiting, arrived] = [count('failed'), count('waiting'), count('preparing', 'done')]
  const open = waiting + count('fetching')
  const texts = [
    `${countText(arrived, 'image')} imported`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(open > 0 ? [`${open} left`] : []),
  ]
  const rows = order.flatMap(state => all.filter(one => one.state === state))
  return (
    <section aria-label="Imports" class="imports">
      <div class="imports-head">
        <h2 aria-live="polite">{texts.join(', ')}</h2>
        <div class="actions">
          {failed > 0 && (
            <Button size="small" icon="retry" onClick={retryFailed}>
              Retry failed
            </Button>
          )}
          {waiting > 0 && (
            <Button size="small" onClick={stopWaiting}>
              Stop
            </Button>
          )}
          {open < all.length && (
            <Button size="small" onClick={clearImports}>
              Clear finished
            </Button>
          )}
        </div>
      </div>
      <progress aria-label="All imports" max={all.length} value={all.length - open} />
      <ul>
        {rows.slice(0, maxRows).map(one => (
          <Row key={one.id} one={one} />
        ))}
      </ul>
      {rows.length > maxRows && <p class="hint">and {numberText(rows.length - maxRows)} more</p>}
    </section>
  )
}

const stateTexts = {
  waiting: 'waiting',
  fetching: 'fetching',
  preparing: 'preparing its preview',
  done: 'in your library',
  failed: '',
} as const

function Row({ one: { url, state, note, image } }: { one: Import }) {
  return (
    <li class="import-row" data-state={state}>
      {image ? <a href={`/images/${image.id}`}>{image.title || image.id}</a> : <span>{url}</span>}
      <span class={state === 'failed' ? 'mistake' : 'hint'}>{note || stateTexts[state]}</span>
    </li>
  )
}
