import './code-block.css'
import { CopyButton } from './copy.tsx'

interface CodeProps {
  /** What the code is, such as the name of its file. */
  readonly title: string
  readonly code: string
}

/** A text of several lines with a button that copies it. */
export function CodeBlock({ title, code }: CodeProps) {
  return (
    <figure class="code-block">
      <figcaption>
        <span>{title}</span>
        <CopyButton text={code.trimEnd()} what={title} />
      </figcaption>
      <pre>{code.trimEnd()}</pre>
    </figure>
  )
}
