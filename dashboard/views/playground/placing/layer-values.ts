import {
  type Box,
  clamp,
  gravityAt,
  hasFraction,
  lengthOf,
  placeOf,
  type Size,
  type Values,
  writeLength,
} from './geometry.ts'

/** Where a layer lies: a position of the compass, from which x and y move it inwards. */
export function layerBox(values: Values, frame: Size, size: Size): Box {
  const place = placeOf(values.g)
  const x = lengthOf(values.x, frame.width) ?? 0
  const y = lengthOf(values.y, frame.height) ?? 0
  return {
    left: (frame.width - size.width) * place.x + (place.x === 1 ? -x : x),
    top: (frame.height - size.height) * place.y + (place.y === 1 ? -y : y),
    ...size,
  }
}

/** The options that place a layer at a box, from the position of the compass that is next to its centre. */
export function layerValues(box: Box, frame: Size, values: Values): Values {
  const asFraction = hasFraction([values.x, values.y])
  const center = { x: box.left + box.width / 2, y: box.top + box.height / 2 }
  const g = gravityAt(center, frame)
  const place = placeOf(g)
  const x = box.left - (frame.width - box.width) * place.x
  const y = box.top - (frame.height - box.height) * place.y
  return {
    ...values,
    g,
    x: writeLength(place.x === 1 ? -x : x, frame.width, asFraction),
    y: writeLength(place.y === 1 ? -y : y, frame.height, asFraction),
  }
}

/** Moves a layer. Its centre stays on the picture, so that it can be grabbed again. */
export function moveLayer(box: Box, by: { readonly x: number; readonly y: number }, frame: Size): Box {
  const half = { x: box.width / 2, y: box.height / 2 }
  return {
    ...box,
    left: clamp(box.left + by.x, -half.x, frame.width - half.x),
    top: clamp(box.top + by.y, -half.y, frame.height - half.y),
  }
}

/** The size of an overlay: its own, reduced to fit, or the given width. */
export function overlaySize({ w }: Values, frame: Size, own: Size): Size {
  const width = lengthOf(w, frame.width)
  const fit = Math.min(1, frame.width / own.width, frame.height / own.height)
  const factor = width === undefined ? fit : Math.max(1, width) / own.width
  return { width: own.width * factor, height: own.height * factor }
}

const fontFamilies: Readonly<Record<string, string>> = {
  sans: '"DejaVu Sans", Verdana, sans-serif',
  condensed: '"DejaVu Sans Condensed", "Arial Narrow", sans-serif',
  serif: '"DejaVu Serif", Georgia, serif',
  mono: '"DejaVu Sans Mono", monospace',
}

/** About the size of a rendered text, measured with a similar font of this browser. */
export function textSize({ t = '', s, w, bg, font = 'sans' }: Values, frame: Size): Size {
  const size = Number(s) || 32
  const [family = 'sans', style = ''] = font.split('-')
  const context = document.createElement('canvas').getContext('2d')
  const lines = t.split('\n')
  const fallback = { width: size, actualBoundingBoxAscent: size * 0.75, actualBoundingBoxDescent: 0 }
  if (context) {
    const slant = style === 'italic' ? 'italic ' : ''
    context.font = `${slant}${style === 'bold' ? 'bold ' : ''}${size}px ${fontFamilies[family]}`
  }
  const measured = lines.map(line => context?.measureText(line) ?? fallback)
  const widest = Math.max(...measured.map(({ width }) => width), size / 2)
  const wrap = lengthOf(w, frame.width) ?? frame.width
  const rows = lines.length + Math.max(0, Math.ceil(widest / wrap) - 1)
  const [first, last] = [measured[0] ?? fallback, measured.at(-1) ?? fallback]
  const ink = Math.max(size / 2, first.actualBoundingBoxAscent + last.actualBoundingBoxDescent)
  const padding = bg && bg !== 'transparent' ? Math.round(size / 3) : 0
  return {
    width: Math.min(widest, wrap) + 2 * padding,
    height: ink + (rows - 1) * size * 1.17 + 2 * padding,
  }
}
