import type { Image } from '../../api-types.ts'

/**
 * Called with the fields that a request changed. Two requests may be answered in another order than they were sent in, so
 * the other fields of an answer may be older than what is shown.
 */
export type OnChange = (changes: Partial<Image> & Pick<Image, 'id'>) => void
