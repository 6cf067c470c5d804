import { adjustmentMap } from '../color-map.ts'
import { defineOperation } from '../operation.ts'
import { gamma, recolor } from '../stages/recolor.ts'

const percent = { kind: 'number', min: -100, default: 0 } as const

export default defineOperation({
  name: 'adjust',
  label: 'Adjust',
  group: 'Colour',
  summary: 'adjusts brightness, contrast, saturation, hue and gamma, in this order',
  example: 'adjust_b-10,c-15,s-20',
  options: {
    b: {
      ...percent,
      max: 100,
      label: 'Brightness',
      summary: 'brightness in percent; -100 is black, 100 is white',
    },
    c: {
      ...percent,
      max: 500,
      label: 'Contrast',
      summary: 'contrast in percent; -100 is plain grey, 100 doubles the contrast',
    },
    s: {
      ...percent,
      max: 500,
      label: 'Saturation',
      summary: 'saturation in percent; -100 removes all colour, 100 doubles the saturation',
    },
    h: { kind: 'number', min: -360, max: 360, default: 0, label: 'Hue', summary: 'hue rotation in degrees' },
    g: {
      kind: 'number',
      min: 0.4,
      max: 2.5,
      default: 1,
      label: 'Gamma',
      advanced: true,
      summary: 'gamma; above 1 brightens the midtones, below 1 darkens them',
    },
  },
  stages({ b, c, s, h, g }, frame) {
    const map = adjustmentMap({ brightness: b, contrast: c, saturation: s, hue: h })
    return [...(map ? [recolor(frame, 'adjust', map)] : []), ...(g === 1 ? [] : [gamma(frame, g)])]
  },
})
