import type { User } from '../../api-types.ts'

export const roleChoices = [
  { value: 'member', label: 'Member: has pictures of their own' },
  { value: 'admin', label: 'Administrator: looks after users, too' },
]

export const roleOf = (value: string): User['role'] => (value === 'admin' ? 'admin' : 'member')
