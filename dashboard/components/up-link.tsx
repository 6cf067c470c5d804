import './up-link.css'
import { Icon } from './icon.tsx'

/** A link from one resource to the list of all. */
export function UpLink({ to, label }: { to: string; label: string }) {
  return (
    <a class="up-link" href={to}>
      <Icon name="back" size={16} />
      {label}
    </a>
  )
}
