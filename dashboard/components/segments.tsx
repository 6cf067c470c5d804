import './segments.css'

interface SegmentsProps {
  readonly label: string
  /** Where they lead; one of them is where somebody is. */
  readonly choices: readonly { readonly to: string; readonly label: string; readonly current: boolean }[]
}

/** Views of the same thing, each with an address of its own. */
export function Segments({ label, choices }: SegmentsProps) {
  return (
    <nav class="segments" aria-label={label}>
      {choices.map(({ to, label: words, current }) => (
        <a key={to} href={to} aria-current={current ? 'page' : undefined}>
          {words}
        </a>
      ))}
    </nav>
  )
}
