import type { Frame, Point, Region } from '../operations/shapes.ts'
import type { ImageContext, Stage } from '../operations/stage.ts'
import type { ImageFacts } from './facts.ts'
import { type PageSelection, sourceFrame } from './selection.ts'
import type { SourceImage } from './source-image.ts'

/** The context before the first stage. The focal point and faces apply to the first page only. */
export function initialContext(
  source: SourceImage,
  { page, frames }: PageSelection,
  frame: Frame,
): ImageContext {
  const { facts, focal, faces, images = new Map<string, ImageFacts>() } = source
  const isFirstPage = page === 1
  return {
    ...(isFirstPage && focal ? { focal: { x: focal.x * frame.width, y: focal.y * frame.height } } : {}),
    ...(isFirstPage && faces ? { faces: faces.map(face => inPixels(face, frame)) } : {}),
    vector: facts.vector ?? false,
    animated: frames > 1,
    images: new Map([...images].map(([id, other]) => [id, sourceFrame(other, 1)])),
  }
}

function inPixels(face: Region, frame: Frame): Region {
  return {
    left: face.left * frame.width,
    top: face.top * frame.height,
    width: face.width * frame.width,
    height: face.height * frame.height,
  }
}

/** The context after a stage: focal point and faces move with the image, and those that were cut off are removed. */
export function contextAfter(context: ImageContext, stage: Stage): ImageContext {
  const { focal, faces, ...rest } = context
  const { mapPoint, frame } = stage
  const inside = ({ x, y }: Point) => x >= 0 && y >= 0 && x <= frame.width && y <= frame.height
  const move = (point: Point) => (mapPoint ? mapPoint(point) : point)
  const point = focal && move(focal)
  return {
    ...rest,
    vector: false,
    ...(point && inside(point) ? { focal: point } : {}),
    ...(faces ? { faces: faces.flatMap(face => movedFace(face, move, inside)) } : {}),
  }
}

/** The box around a face's moved corners; none when its centre was cut off. */
function movedFace(
  face: Region,
  move: (point: Point) => Point | undefined,
  inside: (point: Point) => boolean,
): Region[] {
  const { left, top, width, height } = face
  const centre = move({ x: left + width / 2, y: top + height / 2 })
  const corners = [left, left + width].flatMap(x => [top, top + height].map(y => move({ x, y })))
  if (centre === undefined || !inside(centre)) return []
  const known = corners.filter(corner => corner !== undefined)
  const [xs, ys] = [known.map(({ x }) => x), known.map(({ y }) => y)]
  const [x, y] = [Math.min(...xs), Math.min(...ys)]
  return [{ left: x, top: y, width: Math.max(...xs) - x, height: Math.max(...ys) - y }]
}
