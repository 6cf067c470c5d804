import { DarkroomError, messageOf } from '../../errors/catalogue.ts'
import { defineOperation } from '../operation.ts'
import { placeWithOffset } from '../placement.ts'
import { oneRequired } from '../rules.ts'
import type { Frame, Region, Size } from '../shapes.ts'
import { offsetOption, positionOption } from '../shared-options.ts'
import type { PassContext } from '../stage.ts'
import { blendModes, compositeLayer, visiblePart } from '../stages/composite.ts'
import { megapixels, msPerMegapixel } from '../stages/cost.ts'
import { applyOpacity, buildTile, type Layer } from '../stages/layers.ts'
import { toPixels } from '../units.ts'

/** The longest side to which an overlay may be scaled, in pixels. */
const maxSide = 8192

export default defineOperation({
  name: 'overlay',
  label: 'Overlay',
  group: 'Overlay and text',
  summary:
    'places another image of the same user on top, such as a watermark; parts outside the image are cut off',
  example: 'overlay_i-logo1234,g-southeast,x-10,y-10',
  options: {
    i: { kind: 'image', label: 'Image', summary: 'id of the overlaid image' },
    g: positionOption,
    x: {
      ...offsetOption,
      label: 'Horizontal offset',
      summary:
        'horizontal distance from position g, or between tiles: in pixels, or as a fraction of the width if below 1',
    },
    y: {
      ...offsetOption,
      label: 'Vertical offset',
      summary:
        'vertical distance from position g, or between tiles: in pixels, or as a fraction of the height if below 1',
    },
    w: {
      kind: 'number',
      min: 0.001,
      max: maxSide,
      integer: true,
      fraction: true,
      pixels: true,
      label: 'Width',
      summary:
        'width in pixels, or as a fraction of the image width if below 1; default: its own width, reduced to fit into the image',
    },
    o: { kind: 'number', min: 0, max: 1, default: 1, label: 'Opacity', summary: 'opacity' },
    tile: {
      kind: 'flag',
      default: false,
      label: 'Tile',
      advanced: true,
      summary:
        'repeats the overlay across the image, beginning at the position g; x and y are the gaps between the copies',
    },
    blend: {
      kind: 'choice',
      values: blendModes,
      default: 'over',
      label: 'Blend mode',
      advanced: true,
      summary: 'blend mode',
    },
  },
  rules: [
    oneRequired('i'),
    {
      anyOf: [
        { properties: { tile: { const: false } } },
        { properties: { x: { minimum: 0 }, y: { minimum: 0 } } },
      ],
    },
  ],
  stages({ i, g, x, y, w, o, tile: tiled, blend }, frame, context) {
    if (i === undefined)
      throw new DarkroomError('bad-url', 'overlay: i is required, expected the id of an image')
    const own = context.images.get(i)
    if (own === undefined) throw new Error(`missing facts of the overlaid image ${i}`)
    const size = scaledSize(frame, own, w)
    const offset = { x: toPixels(x, frame.width), y: toPixels(y, frame.height) }
    if (tiled && (offset.x < 0 || offset.y < 0)) {
      throw new DarkroomError(
        'bad-url',
        'overlay: x and y cannot be negative with tile-1, expected the gaps between tiles',
      )
    }
    const box = placeWithOffset(frame, size, g, tiled ? { x: 0, y: 0 } : offset)
    const visible = tiled ? { left: 0, top: 0, ...size } : visiblePart(box, frame)
    if (visible === undefined) return []
    const period = { width: size.width + offset.x, height: size.height + offset.y }
    return compositeLayer(frame, {
      name: `overlay ${i} ${size.width}x${size.height}+${box.left}+${box.top}`,
      blend,
      covered: tiled ? frame : visible,
      fixedCostMs:
        msPerMegapixel.decode * Math.max(megapixels(own), megapixels(size)) +
        msPerMegapixel.scale * megapixels(size),
      imageIds: [i],
      async prepare(context) {
        const pixels = await applyOpacity(await load(context, i, size, visible), o)
        if (tiled) return { ...buildTile(pixels, period, box, frame), at: 'everywhere' }
        return { ...pixels, at: { left: box.left + visible.left, top: box.top + visible.top } }
      },
    })
  },
})

/** The overlay's own size reduced to fit, or the requested width with its own proportions. */
function scaledSize(frame: Size, own: Frame, w: number | undefined): Size {
  const fitFactor = Math.min(1, frame.width / own.width, frame.height / own.height)
  const factor = w === undefined ? fitFactor : Math.max(1, toPixels(w, frame.width)) / own.width
  const width = Math.max(1, Math.round(own.width * factor))
  const height = Math.max(1, Math.round(own.height * factor))
  if (height <= maxSide) return { width, height }
  throw new DarkroomError(
    'bad-url',
    `overlay: w-${w} would scale the overlaid image to ${width}x${height} pixels, expected at most ${maxSide} a side`,
  )
}

/**
 * Loads the visible part of the overlay, scaled.
 * @throws DarkroomError `undecodable` when the overlaid image is damaged
 */
async function load(context: PassContext, id: string, size: Size, visible: Region): Promise<Layer> {
  const { left, top, width, height } = visible
  try {
    const scaled = (await context.openImage(id, size)).resize({ ...size, fit: 'fill' })
    const data = await scaled.extract({ left, top, width, height }).ensureAlpha().raw().toBuffer()
    return { data, width, height }
  } catch (error) {
    if (error instanceof DarkroomError || messageOf(error).includes('timeout')) throw error
    throw new DarkroomError('undecodable', `overlay: image ${id} cannot be decoded`, { cause: error })
  }
}
