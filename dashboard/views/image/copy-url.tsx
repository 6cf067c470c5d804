import { signal } from '@preact/signals'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Image, Preset } from '../../api-types.ts'
import { errorMessage } from '../../calls.ts'
import { Button } from '../../components/button.tsx'
import { CopyLine, useCopy } from '../../components/copy.tsx'
import { type Choice, SelectField } from '../../components/field.tsx'
import { useOutside } from '../../components/menu.tsx'
import { showError } from '../../components/toast.tsx'
import { user } from '../../session.ts'
import { useLoaded } from '../../use-loaded.ts'
import { type CopyChoice, copyFormats, copySizes, copyTexts, copyUrl } from './copy-texts.ts'

/** The last choice. It holds for the next images, too, as users copy many of one size. */
const chosen = signal<CopyChoice>({ size: '', format: 'auto' })

/** The primary action: copies the image's URL. A panel offers sizes, formats and markup. */
export function CopyUrl({ image }: { image: Image }) {
  const [open, setOpen] = useState(false)
  const presets = usePresets(open || !mayUseAllSizes() || chosen.value.size.startsWith('preset-'))
  const sizes = copySizes(image, presets ?? [], !mayUseAllSizes())
  const choice = usable(chosen.value, sizes, presets)
  const root = useRef<HTMLDivElement>(null)
  const opener = useRef<HTMLButtonElement>(null)
  const id = useId()
  useOutside(root, open, () => setOpen(false))
  useEscape(open, () => {
    setOpen(false)
    opener.current?.focus()
  })
  return (
    <div class="split" ref={root}>
      <CopyNow image={image} choice={choice} />
      <Button
        kind="primary"
        icon="down"
        label="Size, format and markup"
        buttonRef={opener}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <section class="copy-panel" id={id} aria-label="Copy">
          {choice && <Panel image={image} choice={choice} sizes={sizes} />}
          {!choice && presets && (
            <p class="hint">
              Your image URLs may only use presets, and there are none yet. Ask an administrator for one.
            </p>
          )}
        </section>
      )}
    </div>
  )
}

/** Whether the user's URLs may have sizes besides those of presets. */
const mayUseAllSizes = () => user.value?.presetsOnly !== true

function CopyNow({ image, choice }: { image: Image; choice: CopyChoice | undefined }) {
  const [copied, copy] = useCopy()
  const ready = useUrl(image, choice)
  const copyNow = async () => {
    try {
      await copy(await ready())
    } catch (error) {
      showError(error)
    }
  }
  return (
    <Button kind="primary" icon={copied ? 'check' : 'copy'} disabled={choice === undefined} onClick={copyNow}>
      {copied ? 'Copied' : 'Copy URL'}
    </Button>
  )
}

function useEscape(active: boolean, onEscape: () => void): void {
  useEffect(() => {
    if (!active) return
    const close = (event: KeyboardEvent) => event.key === 'Escape' && onEscape()
    addEventListener('keydown', close)
    return () => removeEventListener('keydown', close)
  }, [active])
}

/**
 * The choice, or the first size if this image does not have the chosen one. Undefined without any size. A chosen preset
 * counts until the presets have loaded.
 */
function usable(
  { size, format }: CopyChoice,
  sizes: readonly Choice[],
  presets: readonly Preset[] | undefined,
): CopyChoice | undefined {
  if (presets === undefined && size.startsWith('preset-')) return { size, format }
  const first = sizes.find(({ value }) => value === size) ?? sizes[0]
  return first && { size: first.value, format }
}

/** The user's presets, loaded when they are needed; undefined before. */
function usePresets(needed: boolean): readonly Preset[] | undefined {
  const [loaded] = useLoaded(async () => (needed ? (await api.presets()).items : undefined), [needed])
  return loaded.state === 'loaded' ? loaded.value : undefined
}

/**
 * A function that returns the URL of a choice. The URL is signed ahead, since browsers let a page write to the clipboard
 * only right after a click.
 */
function useUrl(image: Image, choice: CopyChoice | undefined): () => Promise<string> {
  const pending = useRef<Promise<string> | undefined>(undefined)
  const sign = (signal: AbortSignal) => choice && copyUrl(image, choice, signal)
  useEffect(() => {
    const controller = new AbortController()
    const signing = sign(controller.signal)
    pending.current = signing
    // a failure is shown when the button is pressed, after another attempt
    signing?.catch(() => {
      if (pending.current === signing) pending.current = undefined
    })
    return () => controller.abort()
  }, [image.id, choice?.size, choice?.format])
  return async () => {
    pending.current ??= sign(AbortSignal.timeout(signMs))
    return (await pending.current) ?? ''
  }
}

/** How long the button waits for a URL, in milliseconds. */
const signMs = 30_000

interface PanelProps {
  readonly image: Image
  readonly choice: CopyChoice
  readonly sizes: readonly Choice[]
}

function Panel({ image, choice, sizes }: PanelProps) {
  const [loaded] = useLoaded(signal => copyTexts(image, choice, signal), [image, choice.size, choice.format])
  const choose = (changes: Partial<CopyChoice>) => {
    chosen.value = { ...choice, ...changes }
  }
  return (
    <>
      <div class="copy-choice">
        <SelectField
          label="Size"
          small
          choices={sizes}
          value={choice.size}
          onValue={size => choose({ size })}
        />
        <SelectField
          label="Format"
          small
          choices={copyFormats}
          value={choice.format}
          onValue={format => choose({ format })}
        />
      </div>
      {loaded.state === 'failed' && (
        <p class="mistake" role="alert">
          {errorMessage(loaded.error)}
        </p>
      )}
      {loaded.state === 'loaded' &&
        loaded.value.map(({ title, text }) => <CopyLine key={title} title={title} text={text} />)}
      {image.alt === null && (
        <p class="hint">
          The markup has no <code>alt</code> until you write an alt text.
        </p>
      )}
    </>
  )
}
