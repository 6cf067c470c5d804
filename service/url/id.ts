import { badUrl, quoted } from './bad-url.ts'

const idForm = /^[a-z0-9]{6,32}$/

/** Whether a text has the form of a user's or an image's id: no underscore, so that `_` always separates. */
export function isId(text: string): boolean {
  return idForm.test(text)
}

/** @throws DarkroomError `bad-url` unless the text has the form of an id; `whose` says which one it should be */
export function checkId(text: string, whose: 'user' | 'image'): string {
  if (isId(text)) return text
  throw badUrl(`"${quoted(text)}" is no ${whose} id: expected 6 to 32 characters a-z and 0-9`)
}
