/** Files of the system that folders contain, beside those whose name begins with a dot. */
const systemNames = new Set(['thumbs.db', 'desktop.ini', '__macosx'])

/** How many files are read at once. */
const batchSize = 100

type Dropped = FileSystemEntry | File
/** A file, or the name of a file or folder that cannot be read. */
export type Found = File | { readonly unreadable: string }

/** What was dropped. Must be called before the event's handler returns, as the browser forgets it then. */
export function droppedItems({ items }: DataTransfer): Dropped[] {
  return [...items]
    .filter(({ kind }) => kind === 'file')
    .flatMap(item => item.webkitGetAsEntry() ?? item.getAsFile() ?? [])
}

/** The files of what was dropped, in batches. Walks folders, and leaves out their hidden files. */
export async function* filesOf(dropped: readonly Dropped[]): AsyncGenerator<Found[]> {
  yield dropped.filter(one => one instanceof File)
  const entries = dropped.filter((one): one is FileSystemEntry => !(one instanceof File))
  const files = entries.filter(isFile)
  for (let at = 0; at < files.length; at += batchSize) yield await readAll(files.slice(at, at + batchSize))
  for (const folder of entries.filter(isDirectory)) yield* walk(folder)
}

async function* walk(folder: FileSystemDirectoryEntry): AsyncGenerator<Found[]> {
  try {
    for await (const children of childrenOf(folder)) {
      yield await readAll(children.filter(isFile))
      for (const child of children.filter(isDirectory)) yield* walk(child)
    }
  } catch {
    yield [{ unreadable: folder.name }]
  }
}

const readAll = (entries: readonly FileSystemFileEntry[]): Promise<Found[]> =>
  Promise.all(entries.map(entry => fileOf(entry).catch(() => ({ unreadable: entry.name }))))

/** A reader gives a folder's entries in parts, until a part is empty. */
async function* childrenOf(folder: FileSystemDirectoryEntry): AsyncGenerator<FileSystemEntry[]> {
  const reader = folder.createReader()
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (part.length === 0) return
    yield part.filter(({ name }) => !name.startsWith('.') && !systemNames.has(name.toLowerCase()))
  }
}

const fileOf = (entry: FileSystemFileEntry) =>
  new Promise<File>((resolve, reject) => entry.file(resolve, reject))

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory
