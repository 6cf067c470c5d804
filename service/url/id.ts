import { badUrl, quoted } from './bad-url.ts'

const idPattern = /^[a-z0-9]{6,32}$/

/** Whether a text has the form of a user or image id. An id has no underscore, so `_` always separates tokens. */
export function isId(text: string): boolean {
  return idPattern.test(text)
}

/** Returns the id. @throws DarkroomError `bad-url` unless it has the form of an id; `kind` names it in the message */
export function checkId(text: string, kind: 'user' | 'image'): string {
  if (isId(text)) return text
  throw badUrl(`invalid ${kind} id "${quoted(text)}", expected 6 to 32 characters a-z and 0-9`)
}
