import './choice-links.css'

interface ChoiceLinksProps {
  readonly label: string
  readonly choices: readonly { readonly label: string; readonly to: string; readonly current: boolean }[]
}

/** A choice of one, where each choice is a link with its own URL. */
export function ChoiceLinks({ label, choices }: ChoiceLinksProps) {
  return (
    <nav class="choice-links" aria-label={label}>
      {choices.map(({ label, to, current }) => (
        <a key={to} href={to} aria-current={current ? 'true' : undefined}>
          {label}
        </a>
      ))}
    </nav>
  )
}
