import type { ComponentType } from 'preact'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { Icon } from './components/icon.tsx'
import { showError } from './components/toast.tsx'

type Palette = ComponentType<{ readonly onClose: () => void }>

const isMac = /Mac|iPhone|iPad/.test(navigator.platform)
/** Whether a key press asks for the palette. */
const isShortcut = ({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent) =>
  key.toLowerCase() === 'k' && (isMac ? metaKey : ctrlKey) && !shiftKey && !altKey

/** Opens the command palette, also by Ctrl+K or Cmd+K. The palette is loaded when it is first opened. */
export function PaletteButton() {
  // wrapped in an object: a state setter would call a function as an update
  const [loaded, setLoaded] = useState<{ readonly Palette: Palette } | undefined>(undefined)
  const [open, setOpen] = useState(false)
  const show = useCallback(async () => {
    setOpen(true)
    try {
      const { Palette } = await import('./views/palette/palette.tsx')
      setLoaded({ Palette })
    } catch (error) {
      setOpen(false)
      showError(error)
    }
  }, [])
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!isShortcut(event)) return
      event.preventDefault()
      // another dialog waits for an answer; the palette closes itself
      if (document.querySelector('dialog[open]') === null) show()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [show])
  return (
    <>
      <button
        type="button"
        class="rail-search"
        aria-haspopup="dialog"
        aria-keyshortcuts={isMac ? 'Meta+K' : 'Control+K'}
        title={`Search and commands (${isMac ? '⌘K' : 'Ctrl+K'})`}
        onClick={show}
      >
        <Icon name="search" size={18} />
        <span>Search</span>
        <kbd>{isMac ? '⌘K' : 'Ctrl K'}</kbd>
      </button>
      {open && loaded && <loaded.Palette onClose={() => setOpen(false)} />}
    </>
  )
}
