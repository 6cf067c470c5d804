import './facts.css'
import type { ComponentChildren } from 'preact'
import { Fragment } from 'preact'

export type Fact = readonly [name: string, value: ComponentChildren]

/** A list of names and values. Entries without a value are omitted. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== undefined && value !== null && value !== '')
        .map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
    </dl>
  )
}
