import './dialog.css'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Button } from './button.tsx'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  /** Called by Escape and the close button instead of `onClose`, for a dialog that asks first. */
  readonly onDismiss?: () => void
  readonly wide?: boolean
  /** Whether only the dialog's own buttons close it. */
  readonly required?: boolean
  readonly children: ComponentChildren
}

/** A modal dialog. The native `dialog` element traps the focus and restores it afterwards. */
export function Dialog(props: DialogProps) {
  const { title, onClose, wide = false, required = false, children } = props
  const onDismiss = required ? () => {} : props.onDismiss
  const id = useId()
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  // Chromium lets a page cancel the closing only once, but the key press every time
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || onDismiss === undefined) return
    event.preventDefault()
    onDismiss()
  }
  const onCancel = (event: Event) => {
    if (onDismiss === undefined) return
    event.preventDefault()
    onDismiss()
  }
  // browsers may close a dialog in spite of the page; removing it from the page closes it, too
  const reopen = () => {
    if (element.current?.isConnected && !element.current.open) element.current.showModal()
  }
  return (
    <dialog
      ref={element}
      class={`dialog ${wide ? 'wide' : ''}`}
      aria-labelledby={id}
      onKeyDown={onKeyDown}
      onCancel={onCancel}
      onClose={required ? reopen : onClose}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        {!required && (
          <Button kind="quiet" size="small" icon="close" label="Close" onClick={onDismiss ?? onClose} />
        )}
      </div>
      <div class="dialog-body">{children}</div>
    </dialog>
  )
}

/** The row of buttons at the end of a dialog. */
export function DialogFoot({ children }: { children: ComponentChildren }) {
  return <div class="dialog-foot">{children}</div>
}

interface FormDialogProps {
  readonly title: string
  /** The label of the button that submits the form. */
  readonly action: string
  /** Whether the form can be submitted now. */
  readonly ready: boolean
  /** For a destructive action: a red button, and one that cancels. */
  readonly danger?: boolean
  readonly onSubmit: (event: SubmitEvent) => void
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** A dialog that is a form. */
export function FormDialog(props: FormDialogProps) {
  const { title, action, ready, danger = false, onSubmit, onClose, children } = props
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={onSubmit}>
        {children}
        <DialogFoot>
          {danger && <Button onClick={onClose}>Cancel</Button>}
          <Button kind={danger ? 'danger' : 'primary'} type="submit" disabled={!ready}>
            {action}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}

interface ConfirmProps {
  readonly title: string
  readonly action: string
  readonly busy?: boolean
  readonly onConfirm: () => void
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** A confirmation dialog for destructive actions. */
export function Confirm({ title, action, busy = false, onConfirm, onClose, children }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{children}</p>
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="danger" disabled={busy} onClick={onConfirm}>
          {action}
        </Button>
      </DialogFoot>
    </Dialog>
  )
}
