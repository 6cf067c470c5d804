import { DarkroomError } from '../../errors/catalogue.ts'
import { parseColor } from '../color.ts'
import { defineOperation } from '../operation.ts'
import { placeWithOffset } from '../placement.ts'
import { oneRequired } from '../rules.ts'
import { offsetOption, positionOption } from '../shared-options.ts'
import { compositeLayer, visiblePart } from '../stages/composite.ts'
import { megapixels, msPerMegapixel } from '../stages/cost.ts'
import { addBackgroundBox, cropLayer } from '../stages/layers.ts'
import { boundTextSize, fonts, renderText } from '../stages/render-text.ts'
import { toPixels } from '../units.ts'

export default defineOperation({
  name: 'text',
  label: 'Text',
  group: 'Overlay and text',
  summary:
    'draws text on the image; lines are aligned left, centred or right as g says, and text outside the image is cut off',
  example: 'text_t-hello,s-48,c-fff,g-south,y-20',
  options: {
    t: {
      kind: 'text',
      maxBytes: 512,
      label: 'Text',
      summary: 'text to draw; newlines start a new line, markup is not interpreted',
    },
    s: {
      kind: 'number',
      min: 1,
      max: 1000,
      default: 32,
      pixels: true,
      label: 'Size',
      summary: 'font size in pixels',
    },
    c: { kind: 'color', default: '000', label: 'Colour', summary: 'text colour' },
    g: positionOption,
    x: {
      ...offsetOption,
      label: 'Horizontal offset',
      summary: 'horizontal distance from position g: in pixels, or as a fraction of the width if below 1',
    },
    y: {
      ...offsetOption,
      label: 'Vertical offset',
      summary: 'vertical distance from position g: in pixels, or as a fraction of the height if below 1',
    },
    bg: {
      kind: 'color',
      default: 'transparent',
      label: 'Background',
      advanced: true,
      summary: 'colour of a box behind the text, with a padding of a third of the font size',
    },
    w: {
      kind: 'number',
      min: 0.001,
      max: 8192,
      integer: true,
      fraction: true,
      pixels: true,
      label: 'Line width',
      advanced: true,
      summary:
        'width at which lines wrap: in pixels, or as a fraction of the image width if below 1; default: the image width minus x and the padding of bg on both sides',
    },
    font: { kind: 'choice', values: fonts, default: 'sans', label: 'Font', summary: 'font' },
  },
  rules: [oneRequired('t')],
  stages({ t: text, s: size, c, g, x, y, bg, w, font }, frame) {
    if (text === undefined)
      throw new DarkroomError('bad-url', 'text: t is required, expected the text to draw')
    const background = parseColor(bg)
    const padding = background.alpha > 0 ? Math.round(size / 3) : 0
    const offset = { x: toPixels(x, frame.width), y: toPixels(y, frame.height) }
    const room = frame.width - 2 * (Math.max(0, offset.x) + padding)
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
        const rendered = await renderText({
          text,
          font,
          size,
          color: parseColor(c),
          wrap,
          align: alignment(g),
        })
        if (rendered === undefined) return undefined
        const boxed = padding > 0 ? await addBackgroundBox(rendered, padding, background) : rendered
        const at = placeWithOffset(frame, boxed, g, offset)
        const visible = visiblePart(at, frame)
        if (visible === undefined) return undefined
        return {
          ...(await cropLayer(boxed, visible)),
          at: { left: at.left + visible.left, top: at.top + visible.top },
        }
      },
    })
  },
})

/** Lines are aligned to the edge that the text is placed at. */
function alignment(gravity: string): 'left' | 'centre' | 'right' {
  if (gravity.endsWith('west')) return 'left'
  return gravity.endsWith('east') ? 'right' : 'centre'
}
