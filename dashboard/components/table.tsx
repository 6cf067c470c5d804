import './table.css'
import type { ComponentChildren } from 'preact'

export interface Column<Row> {
  readonly title: string
  readonly kind?: 'number' | 'text'
  /** Hides the title visually. Screen readers still read it. */
  readonly hideTitle?: boolean
  readonly cell: (row: Row) => ComponentChildren
}

interface TableProps<Row> {
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
}

/** A table. On a narrow screen it scrolls horizontally; it is focusable, so that the keyboard can scroll it. */
export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard can scroll only an element that has the focus
    <section class="table-frame" tabIndex={0} aria-label={`${caption}, table`}>
      <table class="table">
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, kind, hideTitle }) => (
              <th key={title} scope="col" class={kind}>
                {hideTitle ? <span class="unseen">{title}</span> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={keyOf(row)}>
              {columns.map(({ title, kind, cell }) => (
                <td key={title} class={kind}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
