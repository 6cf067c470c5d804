import { DarkroomError } from '../errors/catalogue.ts'

/**
 * An error and everything that caused it, in one line for a terminal: the public message first. A cause that the
 * text tells already is left out, what a user did wrong needs none, and no password in a URL is shown.
 */
export function reasonsOf(error: unknown): string {
  const told: string[] = []
  for (const message of chain(error)) {
    if (!told.some(text => text.includes(message))) told.push(message)
  }
  const [first = 'unknown error', ...causes] = told
  const text = causes.length > 0 ? `${first} (${causes.join(': ')})` : first
  return text.replaceAll(/(\w:\/\/)[^\s/@]*@/g, '$1…@')
}

/** How deep a chain of causes is followed: one may lead back to itself. */
const maxCauses = 8

function chain(error: unknown, left = maxCauses): string[] {
  if (left === 0 || error === undefined) return []
  if (!(error instanceof Error)) return [String(error)]
  // what tries several addresses has one error for each, and no words of its own
  const parts = error instanceof AggregateError ? error.errors.flatMap(part => chain(part, left - 1)) : []
  const own = error.message || (parts.length > 0 ? '' : error.name)
  const complete = error instanceof DarkroomError && error.status < 500
  return [...(own ? [own] : []), ...parts, ...(complete ? [] : chain(error.cause, left - 1))]
}
