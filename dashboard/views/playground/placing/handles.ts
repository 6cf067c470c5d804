import type { Image } from '../../../api-types.ts'
import type { FormStep } from '../steps.ts'
import type { Box, Size, Values } from './geometry.ts'

/** The props of the handles on the picture. */
export interface HandlesProps {
  readonly image: Image
  readonly op: string
  readonly values: Values
  /** The size of the image that the operation gets. */
  readonly frame: Size
  /** The element that shows it. */
  readonly surface: { readonly current: HTMLElement | null }
  /** @param gesture the number of the drag; 0 for keys */
  readonly onValues: (values: Values, gesture: number) => void
}

/** A box as fractions of the frame, so that it follows when the picture is scaled. */
export function boxStyle(box: Box, frame: Size) {
  return {
    '--left': box.left / frame.width,
    '--top': box.top / frame.height,
    '--width': box.width / frame.width,
    '--height': box.height / frame.height,
  }
}

/** The id of the button, to which the focus returns. */
export const placeButtonId = (stepId: number) => `place-${stepId}`

/** What the button says that lets users place an operation on the picture; undefined when it cannot be placed. */
export function placeAction({ op, values }: FormStep): string | undefined {
  switch (op) {
    case 'crop':
      return 'Draw on picture'
    case 'resize':
      return 'Set focal point on picture'
    case 'text':
      return values.t ? 'Place on picture' : undefined
    case 'overlay':
      // with tiles, x and y are the gaps between them
      return values.i && values.tile !== '1' ? 'Place on picture' : undefined
    default:
      return undefined
  }
}
