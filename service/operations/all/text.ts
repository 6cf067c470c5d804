import { DarkroomError } from '../../errors/catalogue.ts'
import { parseColor } from '../color.ts'
import { defineOperation } from '../operation.ts'
import { placeWithOffset } from '../placement.ts'
import { offsetOption, positionOption } from '../shared-options.ts'
import { compositeLayer, visiblePart } from '../stages/composite.ts'
import { megapixels, msPerMegapixel } from '../stages/cost.ts'
import { addBackgroundBox, cropLayer } from '../stages/layers.ts'
import { boundTextSize, fonts, renderText } from '../stages/render-text.ts'
import { toPixels } from '../units.ts'

export default defineOperation({
  name: 'text',
  summary:
    'writes on the picture, in any script that the fonts have; lines are aligned to the side of g, what does not fit is cut off',
  example: 'text_t-hello,s-48,c-fff,g-south,y-20',
  options: {
    t: { kind: 'text', maxBytes: 512, summary: 'what to write; newlines break lines, nothing is markup' },
    s: { kind: 'number', min: 1, max: 1000, default: 32, summary: 'size of the letters in pixels' },
    c: { kind: 'color', default: '000', summary: 'colour of the letters' },
    g: positionOption,
    x: { ...offsetOption, summary: 'distance from the edge of g inwards; below 1 a fraction of the picture' },
    y: { ...offsetOption, summary: 'distance from the edge of g inwards; below 1 a fraction of the picture' },
    bg: {
      kind: 'color',
      default: 'transparent',
      summary: 'colour of a box behind the letters, wider by a third of s on every side',
    },
    w: {
      kind: 'number',
      min: 0.001,
      max: 8192,
      integer: true,
      fraction: true,
      summary: 'width at which lines are broken, below 1 a fraction; all but x on both sides when left out',
    },
    font: { kind: 'choice', values: fonts, default: 'sans', summary: 'face of the letters' },
  },
  stages({ t: text, s: size, c, g, x, y, bg, w, font }, frame) {
    if (text === undefined) throw new DarkroomError('bad-url', 'text: needs t, what to write')
    const background = parseColor(bg)
    const padding = background.alpha > 0 ? Math.round(size / 3) : 0
    const inwards = { x: toPixels(x, frame.width), y: toPixels(y, frame.height) }
    const room = frame.width - 2 * (Math.max(0, inwards.x) + padding)
    const wrap = Math.max(1, w === undefined ? room : toPixels(w, frame.width))
    const bounds = boundTextSize(text, size, wrap)
    return compositeLayer(frame, {
      name: `text ${size}`,
      blend: 'over',
      covered: {
        width: Math.min(frame.width, bounds.width + 2 * padding),
        height: Math.min(frame.height, bounds.height + 2 * padding),
      },
      fixedCostMs: msPerMegapixel.renderText * megapixels(bounds) + 3,
      async prepare() {
        const letters = await renderText({
          text,
          font,
          size,
          color: parseColor(c),
          wrap,
          align: alignment(g),
        })
        if (letters === undefined) return undefined
        const boxed = padding > 0 ? await addBackgroundBox(letters, padding, background) : letters
        const at = placeWithOffset(frame, boxed, g, inwards)
        const seen = visiblePart(at, frame)
        if (seen === undefined) return undefined
        return {
          ...(await cropLayer(boxed, seen)),
          at: { left: at.left + seen.left, top: at.top + seen.top },
        }
      },
    })
  },
})

/** Lines of a text at an edge begin or end there. */
function alignment(gravity: string): 'left' | 'centre' | 'right' {
  if (gravity.endsWith('west')) return 'left'
  return gravity.endsWith('east') ? 'right' : 'centre'
}
