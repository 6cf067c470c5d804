import { DarkroomError } from '../errors/catalogue.ts'

/** The catalogue's error for input that does not follow the grammar; `detail` names the token and what was expected. */
export function badUrl(detail: string): DarkroomError {
  return new DarkroomError('bad-url', detail)
}

/** Input as an error may show it: its first 60 characters, and only printable ASCII, so that no log or page is fooled. */
export function quoted(text: string): string {
  const shown = text.slice(0, 60).replace(/[^ -~]/g, '?')
  return text.length > 60 ? `${shown}...` : shown
}
