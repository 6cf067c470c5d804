import type { IconName } from './components/icon.tsx'
import { path } from './location.ts'
import { user } from './session.ts'

/** An entry of the navigation. */
export interface Place {
  readonly to: string
  readonly label: string
  readonly icon: IconName
  /** The first path segments for which this entry is marked as current. */
  readonly covers: readonly string[]
  readonly adminOnly?: boolean
}

/** Entries that belong together. The first group needs no title. */
export interface PlaceGroup {
  readonly title?: string
  readonly places: readonly Place[]
}

const groups: readonly PlaceGroup[] = [
  {
    places: [
      { to: '/', label: 'Library', icon: 'library', covers: ['', 'images', 'deleted', 'import'] },
      { to: '/playground', label: 'Playground', icon: 'playground', covers: ['playground'] },
      { to: '/presets', label: 'Presets', icon: 'presets', covers: ['presets'] },
      { to: '/policies', label: 'Policies', icon: 'policies', covers: ['policies'] },
    ],
  },
  {
    title: 'Activity',
    places: [
      { to: '/usage', label: 'Usage', icon: 'usage', covers: ['usage'] },
      { to: '/jobs', label: 'Jobs', icon: 'jobs', covers: ['jobs'] },
      { to: '/audit', label: 'Audit', icon: 'audit', covers: ['audit'], adminOnly: true },
    ],
  },
  {
    title: 'Settings',
    places: [
      { to: '/keys', label: 'Keys', icon: 'keys', covers: ['keys'] },
      { to: '/webhooks', label: 'Webhooks', icon: 'webhooks', covers: ['webhooks'] },
      { to: '/fallback', label: 'Fallback', icon: 'fallback', covers: ['fallback'] },
      { to: '/purge', label: 'Purge', icon: 'purge', covers: ['purge'] },
      {
        to: '/takedowns',
        label: 'Takedowns',
        icon: 'takedowns',
        covers: ['takedowns'],
        adminOnly: true,
      },
      { to: '/users', label: 'Users', icon: 'users', covers: ['users'], adminOnly: true },
    ],
  },
]

/** The navigation of the signed-in user. */
export function placeGroups(): PlaceGroup[] {
  const isAdmin = user.value?.role === 'admin'
  return groups.map(group => ({
    ...group,
    places: group.places.filter(({ adminOnly }) => !adminOnly || isAdmin),
  }))
}

/** Whether the current page belongs to an entry. */
export const isCurrent = ({ covers }: Place) => covers.includes(path.value.split('/')[1] ?? '')

/** The page that describes the API, which the service generates. */
export const apiReference = '/api/v1/docs'
