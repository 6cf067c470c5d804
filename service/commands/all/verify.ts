import { command } from '../command.ts'
import { withApp } from '../open.ts'
import { printFacts } from '../print.ts'

export default command({
  name: 'verify',
  summary:
    'compare the object store with the database and print how many objects are misplaced, unnamed or missing',
  options: {
    repair: {
      type: 'boolean',
      summary: 'move misplaced objects, and delete unnamed ones that can be made again (never originals)',
    },
    contents: {
      type: 'boolean',
      summary:
        'also compare the hash of each original, and look for the object of each derivative; takes hours in a large store',
    },
    json: { type: 'boolean', summary: 'print the numbers as JSON' },
  },
  async run({ values: { repair = false, contents = false, json } }, environment) {
    const { checkStore } = await import('../../removal/store-check.ts')
    const { checkStoreContents } = await import('../../backup/store-contents.ts')
    const onOriginal = (problem: string, key: string) => {
      process.stderr.write(`${problem} original\t${key}\n`)
    }
    const report = await withApp(environment, async ({ app: { store, metadata }, signal }) => {
      const onUndeletable = (key: string) => void process.stderr.write(`undeletable object\t${key}\n`)
      const options = { repair, signal, onOriginal, onUndeletable }
      const names = await checkStore({ store, objectNames: metadata.objectNames }, options)
      const onDamaged = (key: string) => onOriginal('damaged', key)
      const parts = { store, ...metadata }
      const found = contents && (await checkStoreContents(parts, { repair, signal, onDamaged }))
      return { ...names, ...found }
    })
    printFacts({ ...report }, json)
    const {
      damagedOriginals = 0,
      missingDerivatives = 0,
      misplaced,
      unnamedDerivatives,
      unnamedSources,
      unnamedOriginals,
      missingOriginals,
    } = report
    const left = repair
      ? report.undeletable
      : misplaced + unnamedDerivatives + unnamedSources + missingDerivatives
    if (left + damagedOriginals + unnamedOriginals + missingOriginals > 0) process.exitCode = 1
  },
})
