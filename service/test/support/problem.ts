import type { Test } from 'tap'
import { type ErrorCode, statuses } from '../../errors/catalogue.ts'
import type { Answer } from './send.ts'

/** Asserts that a response is the problem document of this code, as in the HTTP contract. @returns its detail */
export function isProblem(t: Test, answer: Answer, code: ErrorCode, name: string = code): string {
  const status = statuses[code]
  const { headers, body } = answer
  t.equal(answer.status, status, `${name}: status`)
  t.match(headers['content-type'], /^application\/problem\+json(; charset=utf-8)?$/, `${name}: type`)
  const problem = body === '' ? {} : JSON.parse(body)
  t.match(problem, { code, status, detail: /./, requestId: /^[0-9a-f-]{36}$/ }, `${name}: body`)
  const lasting =
    code === 'not-found' || code === 'deleted' ? /^(public, max-age=60|no-store)$/ : /^no-store$/
  t.match(headers['cache-control'], lasting, `${name}: caching`)
  if (status === 503 || status === 429) t.match(headers['retry-after'], /^[1-9]\d*$/, `${name}: Retry-After`)
  t.notMatch(body, /node_modules|\.ts\b|\.js\b|\/tmp\/|postgres:|Bearer [A-Za-z0-9]/, `${name}: no internals`)
  return problem.detail ?? ''
}

/** Asserts the same about a response of `fetch`. */
export async function isProblemResponse(t: Test, response: Response, code: ErrorCode, name?: string) {
  const headers = Object.fromEntries(response.headers)
  return isProblem(t, { status: response.status, headers, body: await response.text() }, code, name)
}
