import { DarkroomError } from '../errors/catalogue.ts'

/** A segment never begins with a dot: neither `..` nor a hidden file can be named, whoever made the key. */
const segment = '(?!\\.)[a-zA-Z0-9._~,:-]+'
const keyPattern = new RegExp(`^${segment}(?:/${segment})*$`)
const prefixPattern = new RegExp(`^(?:${segment}/)*(?:${segment})?$`)

/** Whether a text is a key: segments of the URL alphabet, joined by single slashes. */
export function isObjectKey(text: string): boolean {
  return keyPattern.test(text)
}

/** Refuses a key that `keys.ts` could not have made: a mistake in the program, so `internal`. */
export function checkObjectKey(key: string): void {
  if (!isObjectKey(key)) throw new DarkroomError('internal', 'An object key is not well formed')
}

/** Refuses a text that begins no key. */
export function checkKeyPrefix(prefix: string): void {
  if (!prefixPattern.test(prefix)) throw new DarkroomError('internal', 'A key prefix is not well formed')
}
