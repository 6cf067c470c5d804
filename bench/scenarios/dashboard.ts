import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import type { Scenario } from '../scenario.ts'
import { targets } from '../settings.ts'

const built = new URL('../../dashboard/', import.meta.url)

/** The size of the files that a browser loads for the dashboard's first view. */
export const dashboard: Scenario = async () => {
  const html = await readFile(new URL('index.html', built), 'utf8')
  const loaded = [...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, path = '']) => path)
  const weigh = async (ending: string) => {
    const files = loaded.filter(path => path.endsWith(ending))
    const bodies = await Promise.all(files.map(path => readFile(new URL(path, built))))
    return bodies.reduce((sum, body) => sum + gzipSync(body).length, 0) / 1000
  }
  return {
    title: "The dashboard's first view, gzipped, in kB",
    rows: [
      { what: 'JavaScript', darkroom: await weigh('.js'), limit: targets.dashboardKilobytes },
      { what: 'styles', darkroom: await weigh('.css') },
    ],
    notes: [],
  }
}
