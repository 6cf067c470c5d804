import { command } from '../command.ts'
import { printFacts } from '../print.ts'

export default command({
  name: 'key rotate-master',
  summary:
    're-encrypt all stored secrets under DARKROOM_NEW_MASTER_KEY, or under a new master.key in the data directory',
  options: { json: { type: 'boolean', summary: 'print as JSON how many secrets were re-encrypted' } },
  async run({ values }, environment) {
    const { changeMasterKey } = await import('../change-master-key.ts')
    const { done, isConfigured } = await changeMasterKey(environment)
    printFacts({ ...done }, values.json)
    process.stderr.write(
      isConfigured
        ? 'Restart every process with the new key as DARKROOM_MASTER_KEY and without DARKROOM_NEW_MASTER_KEY.\n'
        : 'The new master key is in the data directory. Start Darkroom again.\n',
    )
  },
})
