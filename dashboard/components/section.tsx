import './section.css'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface SectionProps {
  readonly title: string
  /** Actions for the whole section. */
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}

/** A part of a page with its own heading. */
export function Section({ title, actions, children }: SectionProps) {
  const id = useId()
  return (
    <section class="section" aria-labelledby={id}>
      <div class="section-head">
        <h2 id={id}>{title}</h2>
        {actions}
      </div>
      {children}
    </section>
  )
}
