import { defineOperation } from '../operation.ts'
import { sharpen } from '../stages/sharpen.ts'

export default defineOperation({
  name: 'sharpen',
  label: 'Sharpen',
  group: 'Effects',
  summary: 'sharpens the image, edges more than flat areas',
  example: 'sharpen_s-1.5',
  options: {
    s: {
      kind: 'number',
      min: 0.01,
      max: 10,
      default: 1,
      label: 'Radius',
      summary: 'sigma (standard deviation) of the mask in pixels',
    },
    f: {
      kind: 'number',
      min: 0,
      max: 1000,
      default: 1,
      label: 'Flat areas',
      advanced: true,
      summary: 'strength in flat areas',
    },
    j: {
      kind: 'number',
      min: 0,
      max: 1000,
      default: 2,
      label: 'Edges',
      advanced: true,
      summary: 'strength at edges',
    },
  },
  stages: ({ s, f, j }, frame) => [sharpen(frame, s, f, j)],
})
