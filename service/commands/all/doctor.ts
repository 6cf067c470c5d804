import { command } from '../command.ts'

export default command({
  name: 'doctor',
  summary: 'check every part of this installation and print how to fix what fails',
  options: { json: { type: 'boolean', summary: 'print one line of JSON per check' } },
  async run({ values }, environment) {
    const { examine } = await import('../doctor/examine.ts')
    const failed = await examine(environment, values.json)
    if (failed > 0) process.exitCode = 1
  },
})
