import type { ComponentChildren } from 'preact'
import { ChoiceLinks } from '../../components/choice-links.tsx'
import { path, query } from '../../location.ts'

/** The tabs Images and Deleted, and actions for the list. Filters are kept when switching. */
export function LibraryTabs({ children }: { children?: ComponentChildren }) {
  const rest = query.value.toString()
  const search = rest && `?${rest}`
  const deleted = path.value === '/deleted'
  return (
    <div class="sheet-parts">
      <ChoiceLinks
        label="Library"
        choices={[
          { to: `/${search}`, label: 'Images', current: !deleted },
          { to: `/deleted${search}`, label: 'Deleted', current: deleted },
        ]}
      />
      {children}
    </div>
  )
}
