import { DarkroomError } from '../errors/catalogue.ts'

/** The error for input that does not follow the grammar; `detail` names the token and what is expected. */
export function badUrl(detail: string): DarkroomError {
  return new DarkroomError('bad-url', detail)
}

/**
 * Input as a message may quote it: at most 60 characters, and only printable ASCII, so that it cannot forge log lines.
 */
export function quoted(text: string): string {
  const shown = text.slice(0, 60).replace(/[^ -~]/g, '?')
  return text.length > 60 ? `${shown}...` : shown
}
