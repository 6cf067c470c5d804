import type { User } from '../../api-types.ts'

export const roleChoices = [
  { value: 'member', label: 'Member: manages their own images' },
  { value: 'admin', label: 'Administrator: also manages users' },
]

export const roleOf = (value: string): User['role'] => (value === 'admin' ? 'admin' : 'member')
