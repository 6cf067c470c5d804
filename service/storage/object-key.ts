import { DarkroomError } from '../errors/catalogue.ts'

/** A segment never begins with a dot, so no key can name `..` or a hidden file. */
const segment = '(?!\\.)[a-zA-Z0-9._~,:-]+'
const keyPattern = new RegExp(`^${segment}(?:/${segment})*$`)
const prefixPattern = new RegExp(`^(?:${segment}/)*(?:${segment})?$`)

/** Whether a text is a key: segments of the URL alphabet, joined by single slashes. */
export function isObjectKey(text: string): boolean {
  return keyPattern.test(text)
}

/**
 * Rejects a key that `keys.ts` cannot have made.
 * @throws DarkroomError `internal`, because it is a programming error
 */
export function checkObjectKey(key: string): void {
  if (!isObjectKey(key)) throw new DarkroomError('internal', 'object key: not well formed')
}

/** Rejects a text that no key begins with. @throws DarkroomError `internal` */
export function checkKeyPrefix(prefix: string): void {
  if (!prefixPattern.test(prefix)) throw new DarkroomError('internal', 'object key prefix: not well formed')
}
