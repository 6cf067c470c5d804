import { defineOperation } from '../operation.ts'
import { blur } from '../stages/filters.ts'

export default defineOperation({
  name: 'blur',
  label: 'Blur',
  group: 'Effects',
  summary: 'blurs the image (Gaussian blur)',
  example: 'blur_s-5',
  options: {
    s: {
      kind: 'number',
      min: 0.3,
      max: 250,
      default: 3,
      pixels: true,
      label: 'Strength',
      summary: 'sigma (standard deviation) in pixels',
    },
  },
  stages: ({ s }, frame) => [blur(frame, s)],
})
