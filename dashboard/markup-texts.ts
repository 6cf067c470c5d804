/** An image in Markdown. Escapes what would end the text in brackets, or be read as markup. */
export function markdownImage(alt: string, url: string): string {
  return `![${alt.replace(/[[\]\\<&`]/g, '\\$&')}](${url})`
}

/** The HTML of a `<picture>` with one element in each line. */
export function pictureLines(html: string): string {
  return html.replaceAll(/<(source|img) /g, '\n  <$1 ').replace('</picture>', '\n</picture>')
}
