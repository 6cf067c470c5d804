import { defineOperation } from '../operation.ts'

export default defineOperation({
  name: 'info',
  label: 'Information',
  group: 'Output',
  summary:
    'returns a JSON description of the original: format, size, EXIF, hashes, colours and faces; must be the only operation, with the extension json',
  example: 'info',
  options: {},
  stages: () => [],
})
