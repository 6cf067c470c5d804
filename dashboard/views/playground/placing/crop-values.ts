import {
  type Box,
  hasFraction,
  lengthOf,
  placeOf,
  ratioOf,
  type Size,
  type Values,
  writeLength,
} from './geometry.ts'

/** The region that the options of `crop` keep. A gravity that depends on what the picture shows counts as the centre. */
export function cropBox(values: Values, frame: Size): Box {
  const x = lengthOf(values.x, frame.width)
  const y = lengthOf(values.y, frame.height)
  const isPlaced = x !== undefined || y !== undefined
  const left = Math.min(x ?? 0, frame.width - 1)
  const top = Math.min(y ?? 0, frame.height - 1)
  const room = isPlaced ? { width: frame.width - left, height: frame.height - top } : frame
  const size = sizeWithin(values, frame, room)
  if (isPlaced) return { left, top, ...size }
  const place = placeOf(values.g)
  return {
    left: (frame.width - size.width) * place.x,
    top: (frame.height - size.height) * place.y,
    ...size,
  }
}

function sizeWithin(values: Values, frame: Size, room: Size): Size {
  const ratio = ratioOf(values.ar)
  let width = lengthOf(values.w, frame.width)
  let height = lengthOf(values.h, frame.height)
  if (ratio !== undefined) {
    width ??= height === undefined ? Math.min(room.width, room.height * ratio) : height * ratio
    height ??= width / ratio
    const shrink = Math.min(1, room.width / width, room.height / height)
    width *= shrink
    height *= shrink
  }
  return {
    width: Math.max(1, Math.min(room.width, width ?? room.width)),
    height: Math.max(1, Math.min(room.height, height ?? room.height)),
  }
}

/** The options that crop to a region. With a ratio the height follows from the width; a position replaces the gravity. */
export function cropValues(box: Box, frame: Size, values: Values): Values {
  const asFraction = hasFraction([values.x, values.y, values.w, values.h])
  const left = Math.round(box.left)
  const top = Math.round(box.top)
  const keepsRatio = ratioOf(values.ar) !== undefined
  return {
    ...values,
    x: writeLength(asFraction ? box.left : left, frame.width, asFraction),
    y: writeLength(asFraction ? box.top : top, frame.height, asFraction),
    w: writeLength(Math.max(1, box.width), frame.width, asFraction),
    h: keepsRatio ? '' : writeLength(Math.max(1, box.height), frame.height, asFraction),
    g: '',
  }
}
