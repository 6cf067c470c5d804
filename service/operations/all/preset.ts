import { defineOperation } from '../operation.ts'
import { oneRequired } from '../rules.ts'

export default defineOperation({
  name: 'preset',
  label: 'Preset',
  group: 'Presets',
  summary: 'applies the operations of a stored preset',
  example: 'preset_n-thumb',
  options: {
    n: { kind: 'text', maxBytes: 32, label: 'Preset', summary: 'name of the preset' },
  },
  rules: [oneRequired('n'), { properties: { n: { pattern: '^[a-z0-9]{1,32}$' } } }],
  // Presets are replaced by their operations before a URL is planned.
  stages: () => [],
})
