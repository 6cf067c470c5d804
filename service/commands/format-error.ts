import { DarkroomError } from '../errors/catalogue.ts'

/**
 * Formats an error and its causes as one line for a terminal, the public message first. Left out are repeated causes,
 * and the causes of an error whose status is below 500: its message says enough. Passwords in URLs are masked.
 */
export function formatError(error: unknown): string {
  const told: string[] = []
  for (const message of chain(error)) {
    if (!told.some(text => text.includes(message))) told.push(message)
  }
  const [first = 'unknown error', ...causes] = told
  const text = causes.length > 0 ? `${first} (${causes.join(': ')})` : first
  return text.replaceAll(/(\w:\/\/)[^\s/@]*@/g, '$1…@')
}

/** How many causes are followed, as a chain of causes may be circular. */
const maxCauses = 8

function chain(error: unknown, left = maxCauses): string[] {
  if (left === 0 || error === undefined) return []
  if (!(error instanceof Error)) return [String(error)]
  // an AggregateError has one error per attempted address and often no message of its own
  const parts = error instanceof AggregateError ? error.errors.flatMap(part => chain(part, left - 1)) : []
  const own = error.message || (parts.length > 0 ? '' : error.name)
  const complete = error instanceof DarkroomError && error.status < 500
  return [...(own ? [own] : []), ...parts, ...(complete ? [] : chain(error.cause, left - 1))]
}
