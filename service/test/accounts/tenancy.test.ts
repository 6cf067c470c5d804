import { buffer } from 'node:stream/consumers'
import { statuses } from '../../errors/catalogue.ts'
import type { ProtectedRoute } from '../../http/route-access.ts'
import { createServer } from '../../http/server.ts'
import { publicNetworkPolicy } from '../../net/network-policy.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { administrator } from '../support/administrator.ts'
import { build } from '../support/build.ts'
import { ingested } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import type { Session } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import {
  type Case,
  cases as casesOf,
  open,
  otherFields,
  referringFields,
  type Sent,
} from './tenancy-cases.ts'
import { type Kind, kinds, type Names, openMaker, unknown } from './tenancy-names.ts'
import { type Principal, principalsOf } from './tenancy-principals.ts'

// makes several thousand requests
t.setTimeout(600_000)
const bench = await build(t, {}, { ...publicNetworkPolicy, allows: address => address === '127.0.0.1' })
const make = await openMaker(t, bench)
const server = await createServer(bench.app.http, createLogger('silent'))
await server.ready()
t.teardown(() => server.close())

const file = await photo(60, 40, 7).png().toBuffer()
const cases = casesOf(file)
const routes = server.protectedRoutes.filter(({ method }) => method !== 'HEAD')
const nameOf = ({ method, url }: { method: string; url: string }) => `${method} ${url}`
const closed = routes.filter(route => !open.includes(nameOf(route)))

/** The user whose resources the others try to read and change. */
const victim = await bench.join('vict@example.com')
const victims = await make(victim, kinds)
const victimNames = new Set([victim.userId, victim.account.email, ...Object.values(victims)])

/** Recognizable names, to find out which kinds a case refers to. */
const marked = Object.fromEntries(kinds.map(kind => [kind, `«${kind}»`])) as Names
const kindsOf = (one: Case) => kinds.filter(kind => JSON.stringify(one.send(marked)).includes(`«${kind}»`))

/** All property names of a JSON Schema, at any depth, but for those of limits: numbers, and names of the URL grammar. */
function fieldsOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const own = 'properties' in schema ? Object.keys(schema.properties as object) : []
  return [...own, ...Object.entries(schema).flatMap(([key, one]) => (key === 'limits' ? [] : fieldsOf(one)))]
}

/** The values that are sent under a name, at any depth. */
function valuesNamed(name: string, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, one]) => [
    ...(key === name ? [one] : []),
    ...valuesNamed(name, one),
  ])
}

t.test('every route has a case for each field that refers to a resource', async t => {
  t.strictSame(routes.map(nameOf).sort(), [...open, ...Object.keys(cases)].sort())
  const shown = server.documentedRoutes.filter(({ url }) => url.startsWith('/api/v1/'))
  for (const { method, url, schema } of shown.filter(route => !open.includes(nameOf(route)))) {
    const name = nameOf({ method, url })
    const fields = [...fieldsOf(schema.querystring), ...fieldsOf(schema.body)]
    for (const field of fields)
      t.ok(
        referringFields.has(field) !== otherFields.has(field),
        `${field} of ${name} is in one of the two lists`,
      )
    const inPath = [...url.matchAll(/:(\w+)/g)].map(([, param = '']) => param)
    const sent = cases[name]?.map(one => one.send(marked)) ?? []
    for (const field of [...fields.filter(field => referringFields.has(field)), ...inPath]) {
      const values = valuesNamed(field, sent)
      t.ok(JSON.stringify(values).includes('«'), `a case of ${name} names something in ${field}`)
    }
  }
})

async function ask({ token }: Pick<Principal, 'token'>, { method, url }: ProtectedRoute, sent: Sent) {
  const { params = {}, query = {}, body, form } = sent
  const path = url.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name]!))
  const authorization = `Bearer ${token}`
  const json = body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(`${bench.url}${path}?${new URLSearchParams(query)}`, {
    method,
    headers: { authorization, ...json },
    body: form ?? (body === undefined ? null : JSON.stringify(body)),
  })
  const text = await response.text()
  return { status: response.status, code: text.startsWith('{"type"') ? JSON.parse(text).code : '', text }
}
type Answer = Awaited<ReturnType<typeof ask>>

/** Everything that the victim can read, by request and object key. */
async function stateOf(): Promise<Record<string, string>> {
  await ingested(bench.app.database, victims.image, victims.overlaid)
  await bench.app.delivery.derivativeWriter.idle()
  await bench.app.usage.flush()
  const state: Record<string, string> = {}
  for (const route of closed.filter(({ method, access }) => method === 'GET' && access !== 'admin')) {
    for (const one of cases[nameOf(route)]!) {
      const sent = one.send(victims)
      const { status, text } = await ask(victim, route, sent)
      state[`${nameOf(route)} ${JSON.stringify(sent)}`] = `${status} ${text}`
    }
  }
  for await (const key of bench.app.store.list('')) {
    if (!key.includes(victim.userId)) continue
    const object = await bench.app.store.open(key)
    state[key] = object === undefined ? 'gone' : (await buffer(object.stream)).toString('base64')
  }
  return state
}

/** The content of an answer, without the requested names, timestamps and random ids. */
function comparableText({ status, text }: Answer, names: readonly string[]): string {
  const bare = names.reduce((text, name) => text.replaceAll(name, '?'), text)
  return `${status} ${bare.replace(/"(requestId|taskId)":"[^"]*"|\d{4}-\d\d-\d\dT[\d:.]+Z/g, '')}`
}

/** Requests a resource of the victim, then one that does not exist, and expects the same answer. */
async function attack(t: Test, one: Case, route: ProtectedRoute, who: Principal, own: Names, kind: Kind) {
  const name = `${nameOf(route)} by ${who.name}, naming the victim's ${kind}`
  const foreignAnswer = await ask(who, route, one.send({ ...own, [kind]: victims[kind] }))
  if (!who.may(route))
    return t.strictSame([foreignAnswer.status, foreignAnswer.code], [403, 'forbidden'], name)
  const outcome = one.foreign?.[kind] ?? 'not-found'
  if (outcome === 'nothing') t.match(foreignAnswer.status, /^20[02]$/, name)
  else t.strictSame([foreignAnswer.status, foreignAnswer.code], [statuses[outcome], outcome], name)
  const missingAnswer = await ask(who, route, one.send({ ...own, [kind]: unknown[kind] }))
  t.equal(
    comparableText(foreignAnswer, [victims[kind]]),
    comparableText(missingAnswer, [unknown[kind]]),
    `${name}: same answer as for a missing resource`,
  )
  assertShowsNothing(t, name, foreignAnswer, victims[kind])
}

/** Checks that an answer shows nothing of the victim except the requested name. */
function assertShowsNothing(t: Test, name: string, { text }: Answer, named = '') {
  const seen = [...victimNames].filter(one => one !== named && text.includes(one))
  t.strictSame(seen, [], `${name}: shows nothing of the victim`)
}

async function attackAll(
  t: Test,
  one: Case,
  route: ProtectedRoute,
  people: readonly Principal[],
  owner: Session,
) {
  const varied = kindsOf(one)
  const isAdmin = people.some(({ role }) => role === 'admin')
  if (isAdmin && (route.access === 'admin' || one.forAdministrators)) {
    people = people.filter(who => !who.may(route))
  }
  const own = await make(owner, varied)
  for (const who of people) {
    for (const kind of varied) await attack(t, one, route, who, own, kind)
    if (varied.length > 1 && who.may(route)) {
      const answer = await ask(who, route, one.send(victims))
      const kinds = varied.map(kind => victims[kind])
      const name = `${nameOf(route)} by ${who.name}, naming only the victim's resources`
      t.not(answer.status, 403, name)
      const seen = [...victimNames].filter(one => !kinds.includes(one) && answer.text.includes(one))
      t.strictSame(seen, [], name)
    }
  }
  // the same request succeeds with the user's own resources, so the errors above had no other cause
  for (const who of people.filter(who => who.may(route)).slice(0, varied.length > 0 ? 1 : undefined)) {
    const answer = await ask(who, route, one.send(own))
    const name = `${nameOf(route)} by ${who.name}, naming their own`
    if (one.own === undefined)
      t.ok(
        answer.status < 300 && !answer.text.includes('"done":false'),
        `${name}: ${answer.text.slice(0, 300)}`,
      )
    else t.equal(answer.code, one.own, name)
    assertShowsNothing(t, name, answer)
  }
}

t.test('resources of another user can be neither read nor changed', async t => {
  const member = await bench.join('memb@example.com')
  const admin = await administrator(bench)
  const people: [Session, Principal[]][] = [
    [member, await principalsOf(member, 'member')],
    [admin, await principalsOf(admin, 'admin')],
  ]
  const before = await stateOf()
  const asked = closed.flatMap(route => cases[nameOf(route)]!.map(one => ({ route, one })))
  for (const { route, one } of asked.sort((a, b) => (a.one.late ?? 0) - (b.one.late ?? 0))) {
    for (const [owner, principals] of people) await attackAll(t, one, route, principals, owner)
  }
  const after = await stateOf()
  t.strictSame(Object.keys(after), Object.keys(before))
  for (const [where, what] of Object.entries(before)) t.equal(after[where], what, where.slice(0, 300))
})
