import type { Bench } from './build.ts'

/** The names of the objects in these folders, relative to each folder. */
export async function objectsOf(
  { app: { store } }: Bench,
  ...folders: ('raw' | 'processed' | 'rungs')[]
): Promise<string[]> {
  const names: string[] = []
  for (const folder of folders) {
    for await (const key of store.list(`${folder}/`)) names.push(key.split('/').at(-1) ?? '')
  }
  return names.sort()
}

/** The file names of the derivatives in the database. */
export async function recordsOf({ app: { database } }: Bench): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    'select file_name as name from derivatives order by file_name',
  )
  return rows.map(({ name }) => name)
}
