import './up-link.css'
import { Icon } from './icon.tsx'

/** From one of several to all of them. */
export function UpLink({ to, label }: { to: string; label: string }) {
  return (
    <a class="up-link" href={to}>
      <Icon name="back" size={16} />
      {label}
    </a>
  )
}
