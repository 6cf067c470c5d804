import type { SignedInUser } from '../../api-types.ts'

export const roleChoices = [
  { value: 'member', label: 'Member: manages their own images' },
  { value: 'admin', label: 'Administrator: also manages users' },
]

export const roleOf = (value: string): SignedInUser['role'] => (value === 'admin' ? 'admin' : 'member')
