/** HTML that is safe to embed: every value in it has been escaped. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Value = Markup | string | number | readonly Value[]

/** Builds HTML. Values are escaped for element content and for double-quoted attributes. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  const rendered = strings.map(
    (text, index) => text + (index < values.length ? render(values[index] ?? '') : ''),
  )
  return new Markup(rendered.join(''))
}

function render(value: Value): string {
  if (value instanceof Markup) return value.text
  if (typeof value === 'object') return value.map(render).join('')
  return String(value).replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}

/** A description from the OpenAPI document, with text between backticks as code. */
export function renderProse(text: string): Markup {
  const pieces = text.split('`')
  return html`${pieces.map((piece, index) => (index % 2 === 1 ? html`<code>${piece}</code>` : piece))}`
}
