import './stage.css'
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Image } from '../../api-types.ts'
import { errorMessage } from '../../calls.ts'
import { bytesText, durationText, percentText, sizeText } from '../../format.ts'
import { useOriginalPreview } from '../original-preview.ts'
import { Compare } from './compare.tsx'
import type { Preview, PreviewState } from './use-preview.ts'

interface StageProps {
  readonly image: Image
  readonly preview: PreviewState
  /** Why there is nothing to render; undefined when there is. */
  readonly problem: string | undefined
  /** The picture with handles, while an operation is placed; it is shown instead of the result. */
  readonly children?: ComponentChildren
}

/** The preview of the result beside the original, with its size, format and timing. */
export function Stage({ image, preview, problem, children }: StageProps) {
  const { shown, working, error } = preview
  const [size, setSize] = useState({ width: 0, height: 0 })
  const before = useOriginalPreview(image)
  return (
    <section class="stage" aria-label="Preview" aria-busy={working}>
      <div class={`stage-picture ${children ? 'placing' : working ? 'working' : ''}`}>
        {children}
        {shown && !children && (
          <Compare
            before={before.state === 'loaded' ? before.value.path : undefined}
            after={shown.src}
            size={size}
            onSize={setSize}
          />
        )}
        {problem && !children && <StatusText text={problem} />}
        {problem === undefined && !children && !working && error !== undefined && (
          <StatusText text={errorMessage(error)} bad />
        )}
        {!shown && !children && working && <StatusText text="Rendering …" />}
      </div>
      {shown && <Measures image={image} shown={shown} size={size} />}
    </section>
  )
}

function StatusText({ text, bad = false }: { text: string; bad?: boolean }) {
  return (
    <p class={`stage-word ${bad ? 'bad' : ''}`} role="status">
      {text}
    </p>
  )
}

interface MeasuresProps {
  readonly image: Image
  readonly shown: Preview
  readonly size: { readonly width: number; readonly height: number }
}

/** Where an image came from, by the value of the response's `Darkroom-Cache`. */
const sourceNames: Readonly<Record<string, string>> = {
  miss: 'rendered now',
  shared: 'rendered for another request',
}

function Measures({ image, shown, size }: MeasuresProps) {
  const saved = 1 - shown.bytes / image.bytes
  const measures: readonly [name: string, value: string, kind?: string][] = [
    ['Bytes', bytesText(shown.bytes)],
    [
      `of ${bytesText(image.bytes)}`,
      saved >= 0 ? `−${percentText(saved)}` : `+${percentText(-saved)}`,
      saved >= 0 ? 'good' : 'bad',
    ],
    ['Pixels', size.width > 0 ? sizeText(size.width, size.height) : '–'],
    ['Format', shown.contentType.replace(/^image\//, '').split(';', 1)[0] ?? ''],
    ['Time', durationText(shown.ms)],
    ['Source', shown.standin ? 'stand-in' : (sourceNames[shown.tier] ?? shown.tier)],
  ]
  return (
    <div class="stage-facts">
      <dl class="measures">
        {measures.map(([name, value, kind = '']) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class={kind}>{value}</dd>
          </div>
        ))}
      </dl>
      {shown.notes && <p class="hint">Notes: {shown.notes}</p>}
    </div>
  )
}
