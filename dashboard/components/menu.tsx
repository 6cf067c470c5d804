import './menu.css'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Button, type ButtonProps } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'

export interface MenuItem {
  readonly label: string
  readonly icon?: IconName
  /** The heading of the group that the item belongs to. Items of a group follow one another. */
  readonly group?: string | undefined
  /** Set for an item of a radio group: whether it is the selected one. */
  readonly checked?: boolean
  readonly onChoose: () => void
}

interface MenuProps {
  readonly button: ButtonProps
  readonly items: readonly MenuItem[]
  readonly head?: string
  readonly place?: 'down' | 'up' | 'up right'
}

/** A button with a menu. Arrow keys move the focus; Escape, Tab and a click outside close it. */
export function Menu({ button, items, head, place = 'down' }: MenuProps) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const opener = useRef<HTMLButtonElement>(null)
  useOutside(root, open, () => setOpen(false))
  // layout effect: the focus must move before the next key press
  useLayoutEffect(() => {
    if (open) focusItem(root.current, 0)
  }, [open])

  const close = () => {
    setOpen(false)
    opener.current?.focus()
  }
  return (
    <div class={`menu ${place}`} ref={root}>
      <Button
        {...button}
        buttonRef={opener}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <div
          class="menu-list"
          role="menu"
          tabIndex={-1}
          onKeyDown={event => moveFocus(event, root.current, close)}
        >
          {head && <p class="menu-head">{head}</p>}
          {grouped(items).map(([title, members]) => (
            <Group key={title} title={title}>
              {members.map(item => (
                <Item key={item.label} item={item} onDone={close} />
              ))}
            </Group>
          ))}
        </div>
      )}
    </div>
  )
}

/** The items of each group, in order. */
function grouped(items: readonly MenuItem[]) {
  const titles = new Set(items.map(({ group }) => group))
  return [...titles].map(title => [title, items.filter(({ group }) => group === title)] as const)
}

function Group({ title, children }: { title: string | undefined; children: ComponentChildren }) {
  if (title === undefined) return <>{children}</>
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is not allowed in a menu
    <div role="group" aria-label={title}>
      <p class="menu-head" aria-hidden="true">
        {title}
      </p>
      {children}
    </div>
  )
}

function Item({ item, onDone }: { item: MenuItem; onDone: () => void }) {
  const { label, icon, checked, onChoose } = item
  const role =
    checked === undefined
      ? { role: 'menuitem' as const }
      : { role: 'menuitemradio' as const, 'aria-checked': checked }
  return (
    <button
      type="button"
      class="menu-item"
      {...role}
      tabIndex={-1}
      onClick={() => {
        onDone()
        onChoose()
      }}
    >
      {icon && <Icon name={icon} size={18} />}
      {label}
    </button>
  )
}

const itemsOf = (root: HTMLElement | null) => [...(root?.querySelectorAll<HTMLElement>('.menu-item') ?? [])]

/** Focuses the item at an index, wrapping around at both ends. */
function focusItem(root: HTMLElement | null, index: number): void {
  const items = itemsOf(root)
  items.at(index % Math.max(1, items.length))?.focus()
}

function moveFocus(event: KeyboardEvent, root: HTMLElement | null, close: () => void): void {
  const focused = document.activeElement
  const now = focused instanceof HTMLElement ? itemsOf(root).indexOf(focused) : -1
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: now + 1,
    ArrowUp: now - 1,
    Home: 0,
    End: -1,
  }
  const target = targets[event.key]
  if (target !== undefined) {
    event.preventDefault()
    focusItem(root, target)
  } else if (event.key === 'Escape' || event.key === 'Tab') {
    close()
  }
}

/** Calls `onOutside` when the pointer goes down outside an element. */
export function useOutside(
  root: { current: HTMLElement | null },
  active: boolean,
  onOutside: () => void,
): void {
  useEffect(() => {
    if (!active) return
    const closeOutside = (event: PointerEvent) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) onOutside()
    }
    addEventListener('pointerdown', closeOutside)
    return () => removeEventListener('pointerdown', closeOutside)
  }, [active])
}
