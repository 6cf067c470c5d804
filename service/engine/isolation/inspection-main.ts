import { decodePageToPng } from '../foreign/page-png.ts'
import { inspectFile } from '../sources/inspect.ts'
import { serveTasks } from './serve-tasks.ts'

/** Entry point of the process that inspects uploads. It loads neither operations nor the planner. */

const maxPixels = Number(process.argv[2])

serveTasks<'inspect' | 'decodePage'>({
  inspect: ({ path }) => inspectFile(path, maxPixels),
  decodePage: async ({ format, original, page }) =>
    (await decodePageToPng(format, original, { page, maxPixels })).png,
})
