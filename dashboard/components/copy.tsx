import './copy.css'
import { useState } from 'preact/hooks'
import { Button } from './button.tsx'
import { showError } from './toast.tsx'

/** How long the button shows "Copied", in milliseconds. */
const copiedMs = 2_000

/** A function that copies a text to the clipboard, and whether it did so a moment ago. */
export function useCopy(): [copied: boolean, copy: (text: string) => Promise<void>] {
  const [copied, setCopied] = useState(false)
  const copy = async (text: string) => {
    if (!(await copyText(text))) {
      return showError(
        new Error('the browser does not let this page copy: select the text and copy it by hand'),
      )
    }
    setCopied(true)
    setTimeout(() => setCopied(false), copiedMs)
  }
  return [copied, copy]
}

/** Copies a text to the clipboard and confirms it. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [copied, copy] = useCopy()
  return (
    <Button
      size="small"
      icon={copied ? 'check' : 'copy'}
      disabled={text === ''}
      label={`${copied ? 'Copied' : 'Copy'} ${what}`}
      onClick={() => copy(text)}
    >
      {copied ? 'Copied' : 'Copy'}
    </Button>
  )
}

/** One line of a text with a button that copies the whole text. */
export function CopyLine({ title, text }: { title?: string; text: string }) {
  return (
    <div class={`copy ${title ? 'titled' : ''}`}>
      {title && <span class="copy-title">{title}</span>}
      <code title={text}>{text}</code>
      <CopyButton text={text} what={title ?? 'this'} />
    </div>
  )
}

/** Copies a text. False when the browser does not let this page copy. */
export async function copyText(text: string): Promise<boolean> {
  // browsers offer the clipboard API only over HTTPS and on localhost; `execCommand` also works over plain HTTP
  if (!navigator.clipboard) return copyBySelection(text)
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => copyBySelection(text),
  )
}

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'unseen'
  document.body.append(area)
  area.select()
  const copied = document.execCommand('copy')
  area.remove()
  return copied
}
