import { asArray, asObject, asString, type JsonObject } from '../openapi/json.ts'
import { html, type Markup, renderProse } from './markup.ts'
import { describeType, exampleOf, renderProperties } from './schema.ts'

/** An operation of the document, with its path and method. */
interface Operation {
  readonly id: string
  readonly group: string
  readonly method: string
  readonly path: string
  readonly fields: JsonObject
}

/** The OpenAPI document as an HTML page, which loads its stylesheet and nothing else. */
export function renderReferencePage(document: JsonObject): string {
  const { title, description, version } = asObject(document.info)
  const server = asString(asObject(asArray(document.servers)[0]).url)
  const groups = grouped(operationsOf(document))
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${asString(title)} API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/api/v1/docs.css">
</head>
<body>
<a class="skip" href="#content">Skip to the operations</a>
<nav aria-label="Operations">${[...groups].map(([name, all]) => index(name, all))}
<h2><a href="#problems">problems</a></h2></nav>
<main id="content">
<h1>${asString(title)} API, version ${asString(version)}</h1>
<p>${renderProse(asString(description))} Machine-readable: <a href="/api/v1/openapi.json">openapi.json</a>.</p>
<p>${renderProse('Authenticate with `Authorization: Bearer …` and an access token from `POST /api/v1/auth/login`, or an API key.')}</p>
${[...groups].map(([name, all]) => group(name, all, server))}
${problems(document)}
</main>
</body>
</html>
`
  return page.text
}

function operationsOf(document: JsonObject): Operation[] {
  return Object.entries(asObject(document.paths)).flatMap(([path, methods]) =>
    Object.entries(asObject(methods)).map(([method, operation]) => {
      const fields = asObject(operation)
      const group = asString(asArray(fields.tags)[0])
      return { id: asString(fields.operationId), group, method: method.toUpperCase(), path, fields }
    }),
  )
}

function grouped(operations: readonly Operation[]): Map<string, Operation[]> {
  const groups = new Map<string, Operation[]>()
  for (const one of operations) groups.set(one.group, [...(groups.get(one.group) ?? []), one])
  return new Map([...groups].sort(([one], [other]) => (one < other ? -1 : 1)))
}

const signature = ({ method, path }: Operation) =>
  html`<span class="method">${method}</span> <code>${path}</code>`

const index = (name: string, all: readonly Operation[]) =>
  html`<h2><a href="#group-${name}">${name}</a></h2><ul>${all.map(one => html`<li><a href="#${one.id}">${signature(one)}</a></li>`)}</ul>`

const group = (name: string, all: readonly Operation[], server: string) =>
  html`<section aria-labelledby="group-${name}"><h2 id="group-${name}">${name}</h2>${all.map(one => article(one, server))}</section>`

function article(one: Operation, server: string): Markup {
  const { id, fields } = one
  return html`<article aria-labelledby="${id}"><h3 id="${id}">${signature(one)}</h3>
<p>${asString(fields.summary)}. ${accessOf(fields)}</p>
${parameters(fields)}${body(fields)}
<h4>Example</h4><pre tabindex="0" role="region" aria-label="Example of ${id}"><code>${curl(one, server)}</code></pre>
${responses(fields)}</article>
`
}

function accessOf({ security }: JsonObject): string {
  const [requirement] = asArray(security)
  if (requirement === undefined) return 'Public.'
  const [scope] = asArray(asObject(requirement).bearer)
  if (scope === undefined) return 'Any authenticated user.'
  return scope === 'admin' ? 'Administrators only (scope admin).' : `Scope: ${asString(scope)}.`
}

function parameters(fields: JsonObject): Markup | '' {
  const all = asArray(fields.parameters).map(asObject)
  if (all.length === 0) return ''
  const items = all.map(({ name, in: place, required, schema, description }) => {
    const marker = required === true ? html` <strong>required</strong>` : ''
    return html`<li><code>${asString(name)}</code> <span class="type">${describeType(asObject(schema))}, in the ${asString(place)}</span>${marker} ${renderProse(asString(description))}</li>`
  })
  return html`<h4>Parameters</h4><ul class="properties">${items}</ul>`
}

/** The first media type with its schema. */
function contentOf(fields: JsonObject): [type: string, schema: JsonObject] | undefined {
  const [first] = Object.entries(asObject(fields.content))
  return first && [first[0], asObject(asObject(first[1]).schema)]
}

function body(fields: JsonObject): Markup | '' {
  const content = contentOf(asObject(fields.requestBody))
  if (content === undefined) return ''
  const [type, schema] = content
  return html`<h4>Body</h4><p><code>${type}</code> <span class="type">${describeType(schema)}</span></p>${renderProperties(schema, 'request')}`
}

function responses(fields: JsonObject): Markup {
  const all = Object.entries(asObject(fields.responses)).map(([status, one]) => ({
    status,
    fields: asObject(one),
  }))
  const own = all.filter(({ fields }) => fields.$ref === undefined)
  const problems = all.filter(({ fields }) => fields.$ref !== undefined)
  return html`<h4>Responses</h4><ul class="responses">${own.map(({ status, fields }) => response(status, fields))}</ul>
<p>Problems: ${problems.map(({ status }) => html`<a href="#problem${status}">${status}</a> `)}</p>`
}

function response(status: string, fields: JsonObject): Markup {
  const [type, schema] = contentOf(fields) ?? ['', {}]
  const description = asString(fields.description)
  return html`<li><strong>${status}</strong> ${type === '' ? '' : html`<code>${type}</code>`} ${description === 'JSON' ? '' : renderProse(description)}${renderProperties(schema, 'response')}</li>`
}

/** An example request with curl. */
function curl({ method, path, fields }: Operation, server: string): string {
  const content = contentOf(asObject(fields.requestBody))
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
  const json =
    content && (content[0] === 'application/json' ? JSON.stringify(exampleOf(content[1])) : undefined)
  const words = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}${quoted(server + path)}`,
    ...(asArray(fields.security).length > 0 ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...(json === undefined ? [] : [`-H 'Content-Type: application/json'`, `-d ${quoted(json)}`]),
    ...(content !== undefined && json === undefined ? ['-F file=@picture.jpg'] : []),
  ]
  return words.join(' \\\n  ')
}

function problems(document: JsonObject): Markup {
  const all = Object.entries(asObject(asObject(document.components).responses))
  const schema = asObject(asObject(asObject(document.components).schemas).Problem)
  const items = all.map(
    ([name, one]) =>
      html`<li id="${name}"><strong>${name.replace('problem', '')}</strong> ${renderProse(asString(asObject(one).description))}</li>`,
  )
  return html`<section aria-labelledby="problems"><h2 id="problems">problems</h2>
<p>${renderProse('Every error is `application/problem+json` (RFC 9457).')}</p>${renderProperties(schema, 'response')}<ul class="responses">${items}</ul></section>`
}
