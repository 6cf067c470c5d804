import { useEffect, useRef, useState } from 'preact/hooks'

/**
 * The option whose control has the focus, to show its hint. A hint moves what is below it, so a change waits until a
 * pressed pointer is released: otherwise a click could miss the button that it began on.
 * @returns the option's name, or an empty string, and the event handlers of the element around the options
 */
export function useFocusedOption() {
  const [name, setName] = useState('')
  const pressed = useRef(false)
  const next = useRef('')
  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    const release = () => {
      pressed.current = false
      // after the click, which follows the release
      setTimeout(() => setName(next.current))
    }
    addEventListener('pointerdown', () => (pressed.current = true), { capture: true, signal })
    addEventListener('pointerup', release, { capture: true, signal })
    addEventListener('pointercancel', release, { capture: true, signal })
    return () => controller.abort()
  }, [])
  const change = (to: string) => {
    next.current = to
    if (!pressed.current) setName(to)
  }
  const handlers = {
    onFocusIn: ({ target }: FocusEvent) => change(optionAt(target)),
    onFocusOut: ({ relatedTarget }: FocusEvent) => change(optionAt(relatedTarget)),
  }
  return [name, handlers] as const
}

function optionAt(target: EventTarget | null): string {
  const field = target instanceof Element ? target.closest<HTMLElement>('[data-option]') : null
  return field?.dataset.option ?? ''
}
