import { Button } from '../../components/button.tsx'
import { libraryView, setLibraryView } from './library-view.ts'

const views = [
  { name: 'grid', label: 'Grid', icon: 'library' },
  { name: 'list', label: 'List', icon: 'list' },
] as const

/** Chooses between the grid and the list. */
export function ViewChoice() {
  return (
    <fieldset class="view-choice">
      <legend class="unseen">View</legend>
      {views.map(({ name, label, icon }) => (
        <Button
          key={name}
          kind="quiet"
          icon={icon}
          label={label}
          aria-pressed={libraryView.value === name}
          onClick={() => setLibraryView(name)}
        />
      ))}
    </fieldset>
  )
}
