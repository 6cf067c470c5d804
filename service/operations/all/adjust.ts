import { adjustmentMap } from '../color-map.ts'
import { defineOperation } from '../operation.ts'
import { gamma, recolor } from '../stages/recolor.ts'

const percent = { kind: 'number', min: -100, default: 0 } as const

export default defineOperation({
  name: 'adjust',
  summary:
    'brightness, contrast, saturation, hue and gamma, applied in this order; each left out changes nothing',
  example: 'adjust_b-10,c-15,s-20',
  options: {
    b: { ...percent, max: 100, summary: 'brightness in percent: -100 is black, 100 white' },
    c: { ...percent, max: 500, summary: 'contrast in percent: -100 is grey, 100 twice as much' },
    s: { ...percent, max: 500, summary: 'saturation in percent: -100 has no colour, 100 twice as much' },
    h: { kind: 'number', min: -360, max: 360, default: 0, summary: 'hue: degrees around the colour wheel' },
    g: {
      kind: 'number',
      min: 0.4,
      max: 2.5,
      default: 1,
      summary: 'gamma of the middle tones: above 1 brightens, below 1 darkens',
    },
  },
  stages({ b, c, s, h, g }, frame) {
    const map = adjustmentMap({ brightness: b, contrast: c, saturation: s, hue: h })
    return [...(map ? [recolor(frame, 'adjust', map)] : []), ...(g === 1 ? [] : [gamma(frame, g)])]
  },
})
