import { defineOperation } from '../operation.ts'

export default defineOperation({
  name: 'info',
  summary:
    'describes the original as JSON: format, size, camera, hashes, colours, faces; alone, and with the extension json',
  example: 'info',
  options: {},
  stages: () => [],
})
