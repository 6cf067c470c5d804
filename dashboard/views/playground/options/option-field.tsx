import type { OptionSpec } from '../../../../service/url/option.ts'
import { ChoiceControl, FlagControl } from './choice-control.tsx'
import { ColorControl } from './color-control.tsx'
import { ImageControl } from './image-control.tsx'
import { NumberControl } from './number-control.tsx'
import { PresetControl } from './preset-control.tsx'
import { SuggestedTextField, TextControl } from './text-control.tsx'

export type NamedSpec<Spec extends OptionSpec = OptionSpec> = Spec & { readonly name: string }

/** The props of every option's control. */
export interface ControlProps<Spec extends OptionSpec = OptionSpec> {
  readonly spec: NamedSpec<Spec>
  readonly value: string
  /** The values of the operation's options, since a default may depend on them. */
  readonly values: Readonly<Record<string, string>>
  readonly onValue: (value: string) => void
  /** Whether the user has just added the operation. */
  readonly added: boolean
  /** The id of the element with the option's hint. */
  readonly hintId: string
}

interface OptionProps extends ControlProps {
  /** The name of the operation. */
  readonly op: string
  readonly showsHint: boolean
}

/** An option: its control, generated from its specification, and its hint. */
export function OptionField({ op, showsHint, ...props }: OptionProps) {
  const { spec, value, hintId } = props
  return (
    <>
      <div class={`option ${spec.kind} ${value === '' ? '' : 'given'}`} data-option={spec.name}>
        {op === 'preset' && spec.kind === 'text' ? (
          <PresetControl {...props} spec={spec} />
        ) : (
          <Control {...props} />
        )}
      </div>
      <p class="option-hint" id={hintId} hidden={!showsHint}>
        {sentence(spec.summary)}
      </p>
    </>
  )
}

const ratios = ['1:1', '4:3', '3:2', '16:9', '9:16', '4:5']

function Control({ spec, ...props }: ControlProps) {
  switch (spec.kind) {
    case 'number':
      return <NumberControl {...props} spec={spec} />
    case 'choice':
      return <ChoiceControl {...props} spec={spec} />
    case 'flag':
      return <FlagControl {...props} spec={spec} />
    case 'color':
      return <ColorControl {...props} spec={spec} />
    case 'text':
      return <TextControl {...props} spec={spec} />
    case 'ratio':
      return (
        <SuggestedTextField {...props} spec={spec} words={ratios} placeholder={spec.default ?? 'not set'} />
      )
    case 'image':
      return <ImageControl {...props} spec={spec} />
  }
}

/** A summary of an operation or an option, as a sentence. */
export const sentence = (summary: string) => `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`
