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
    json: { type: 'boolean', summary: 'print the numbers as JSON' },
  },
  async run({ values: { repair = false, json } }, environment) {
    const { checkStore } = await import('../../removal/store-check.ts')
    const report = await withApp(environment, ({ app: { store, metadata }, signal }) =>
      checkStore(
        { store, objectNames: metadata.objectNames },
        {
          repair,
          signal,
          onUndeletable: key => process.stderr.write(`undeletable object\t${key}\n`),
          onOriginal: (problem, key) => process.stderr.write(`${problem} original\t${key}\n`),
        },
      ),
    )
    printFacts({ ...report }, json)
    const { misplaced, unnamedDerivatives, unnamedSources, unnamedOriginals, missingOriginals } = report
    const left = repair ? report.undeletable : misplaced + unnamedDerivatives + unnamedSources
    if (left + unnamedOriginals + missingOriginals > 0) process.exitCode = 1
  },
})
