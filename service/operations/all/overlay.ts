import { DarkroomError, messageOf } from '../../errors/catalogue.ts'
import { defineOperation } from '../operation.ts'
import { placeWithOffset } from '../placement.ts'
import type { Frame, Region, Size } from '../shapes.ts'
import { offsetOption, positionOption } from '../shared-options.ts'
import type { PassContext } from '../stage.ts'
import { blendModes, compositeLayer, visiblePart } from '../stages/composite.ts'
import { megapixels, msPerMegapixel } from '../stages/cost.ts'
import { applyOpacity, buildTile, type Layer } from '../stages/layers.ts'
import { toPixels } from '../units.ts'

/** The longest side that an overlay may be scaled to, in pixels. */
const maxSide = 8192

export default defineOperation({
  name: 'overlay',
  summary: 'paints another image of the same user on the picture; what lies outside is cut off',
  example: 'overlay_i-logo1234,g-southeast,x-10,y-10',
  options: {
    i: { kind: 'image', summary: 'id of the image to paint' },
    g: positionOption,
    x: {
      ...offsetOption,
      summary: 'distance from the edge of g inwards, or between tiles; below 1 a fraction',
    },
    y: {
      ...offsetOption,
      summary: 'distance from the edge of g inwards, or between tiles; below 1 a fraction',
    },
    w: {
      kind: 'number',
      min: 0.001,
      max: maxSide,
      integer: true,
      fraction: true,
      summary:
        'width in pixels, or below 1 as a fraction of the picture; its own, or what fits, when left out',
    },
    o: { kind: 'number', min: 0, max: 1, default: 1, summary: 'opacity' },
    tile: {
      kind: 'flag',
      default: false,
      summary: 'repeat it all over the picture, one at g, x and y apart',
    },
    blend: { kind: 'choice', values: blendModes, default: 'over', summary: 'how it mixes with the picture' },
  },
  stages({ i, g, x, y, w, o, tile: tiled, blend }, frame, scene) {
    if (i === undefined) throw new DarkroomError('bad-url', 'overlay: needs i, the id of an image')
    const own = scene.images.get(i)
    if (own === undefined) throw new Error(`the facts of the overlay ${i} are missing`)
    const size = scaledSize(frame, own, w)
    const apart = { x: toPixels(x, frame.width), y: toPixels(y, frame.height) }
    if (tiled && (apart.x < 0 || apart.y < 0)) {
      throw new DarkroomError('bad-url', 'overlay: x and y stand between tiles, so neither may be negative')
    }
    const box = placeWithOffset(frame, size, g, tiled ? { x: 0, y: 0 } : apart)
    const seen = tiled ? { left: 0, top: 0, ...size } : visiblePart(box, frame)
    if (seen === undefined) return []
    const period = { width: size.width + apart.x, height: size.height + apart.y }
    return compositeLayer(frame, {
      name: `overlay ${i} ${size.width}x${size.height}+${box.left}+${box.top}`,
      blend,
      covered: tiled ? frame : seen,
      fixedCostMs:
        msPerMegapixel.decode * Math.max(megapixels(own), megapixels(size)) +
        msPerMegapixel.scale * megapixels(size),
      imageIds: [i],
      async prepare(canvas) {
        const pixels = await applyOpacity(await load(canvas, i, size, seen), o)
        if (tiled) return { ...buildTile(pixels, period, box, frame), at: 'everywhere' }
        return { ...pixels, at: { left: box.left + seen.left, top: box.top + seen.top } }
      },
    })
  },
})

/** Its own size made to fit, or the width asked for with its own proportions. */
function scaledSize(frame: Size, own: Frame, w: number | undefined): Size {
  const fitting = Math.min(1, frame.width / own.width, frame.height / own.height)
  const factor = w === undefined ? fitting : Math.max(1, toPixels(w, frame.width)) / own.width
  const width = Math.max(1, Math.round(own.width * factor))
  const height = Math.max(1, Math.round(own.height * factor))
  if (height <= maxSide) return { width, height }
  throw new DarkroomError(
    'bad-url',
    `overlay: w-${w} would make it ${width}x${height}, the longest side may be ${maxSide} pixels`,
  )
}

/**
 * The part of the overlay that will be seen, scaled.
 * @throws DarkroomError `undecodable` when the overlay is damaged
 */
async function load(canvas: PassContext, id: string, size: Size, seen: Region): Promise<Layer> {
  const { left, top, width, height } = seen
  try {
    const scaled = (await canvas.openImage(id, size)).resize({ ...size, fit: 'fill' })
    const data = await scaled.extract({ left, top, width, height }).ensureAlpha().raw().toBuffer()
    return { data, width, height }
  } catch (error) {
    if (error instanceof DarkroomError || messageOf(error).includes('timeout')) throw error
    throw new DarkroomError('undecodable', `overlay: the image ${id} cannot be decoded`, { cause: error })
  }
}
