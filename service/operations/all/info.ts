import { DarkroomError } from '../../errors/catalogue.ts'
import { defineOperation } from '../operation.ts'

export default defineOperation({
  name: 'info',
  summary:
    'describes the original as JSON: format, size, camera, hashes, colours, faces; alone, and with the extension json',
  example: 'info',
  options: {},
  stages: () => {
    throw new DarkroomError('bad-url', 'info: expected the extension json and no other operation')
  },
})
