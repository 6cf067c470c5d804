// Runs test files in one process, one after another. Their paths come line by line on the standard input. After each
// file, a comment in the output says how it ended.
import { createInterface } from 'node:readline'
import { allowAnyDuration, cleanUp, runFile } from './tap.ts'
import { endMark, type FileEnd } from './test-process.ts'

allowAnyDuration()
for await (const path of createInterface({ input: process.stdin })) {
  const counts = await runFile(path)
  const end: FileEnd = { counts, memory: process.memoryUsage.rss() }
  // not through tap, whose parser keeps a comment until the next line
  process.stdout.write(`${endMark}${JSON.stringify(end)}\n`)
}
await cleanUp()
