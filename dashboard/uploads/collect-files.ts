/** Files of the system that folders contain, beside those whose name begins with a dot. */
const systemNames = new Set(['thumbs.db', 'desktop.ini', '__macosx'])

type Dropped = FileSystemEntry | File

/** What was dropped. Must be called before the event's handler returns, as the browser forgets it then. */
export function droppedItems({ items }: DataTransfer): Dropped[] {
  return [...items]
    .filter(({ kind }) => kind === 'file')
    .flatMap(item => item.webkitGetAsEntry() ?? item.getAsFile() ?? [])
}

/**
 * The files of what was dropped, in batches. Walks folders, and leaves out their hidden files.
 * @param onUnreadable is called with the name of each file and folder that cannot be read
 */
export async function* filesOf(
  dropped: readonly Dropped[],
  onUnreadable: (name: string) => void,
): AsyncGenerator<File[]> {
  yield dropped.filter(one => one instanceof File)
  for (const one of dropped) if (!(one instanceof File)) yield* walk(one, onUnreadable)
}

async function* walk(entry: FileSystemEntry, onUnreadable: (name: string) => void): AsyncGenerator<File[]> {
  try {
    if (isFile(entry)) yield [await fileOf(entry)]
    else if (isDirectory(entry)) {
      for await (const children of childrenOf(entry)) {
        yield await readAll(children.filter(isFile), onUnreadable)
        for (const folder of children.filter(isDirectory)) yield* walk(folder, onUnreadable)
      }
    }
  } catch {
    onUnreadable(entry.name)
  }
}

async function readAll(
  entries: readonly FileSystemFileEntry[],
  onUnreadable: (name: string) => void,
): Promise<File[]> {
  const files = await Promise.all(
    entries.map(entry =>
      fileOf(entry).catch(() => {
        onUnreadable(entry.name)
        return undefined
      }),
    ),
  )
  return files.filter(file => file !== undefined)
}

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
