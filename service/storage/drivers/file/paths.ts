import { isObjectKey } from '../../object-key.ts'

/**
 * The encoding of keys as paths. Keys contain neither `=` nor `+`, so all steps can be reversed:
 * a capital letter becomes `=` and the small letter, because some file systems treat `A` and `a` as the same name;
 * a name too long for a file system is split into pieces: all but the last are folders and end in `+`, all but the
 * first begin with `+`, so that no piece can be `..` or a hidden file.
 * A user may have millions of objects, so their names are spread over folders: `raw/u/abcdef` is the file
 * `raw/u/ab/abcdef`. Earlier versions of the service stored it as `raw/u/abcdef`.
 */
const pieceLength = 200
const longName = new RegExp(`.{${pieceLength}}(?=.)`, 'g')
/** The first parts of the keys whose names are spread. */
export const spreadKinds: readonly string[] = ['raw', 'rungs', 'processed']
/** The number of segments before the names that are spread. */
const spreadDepth = 2
/** How many characters of a name its folder has. */
const spreadLength = 2

/** How the names of a user's objects are stored: in folders, or in one as by earlier versions. */
export type Layout = 'spread' | 'flat'

/** Whether objects with this key are in another place in each layout. */
function isSpread(segments: readonly string[]): boolean {
  return segments.length > spreadDepth && spreadKinds.includes(segments[0] ?? '')
}

/** The path of a key relative to the store's directory. */
export function pathOfKey(key: string, layout: Layout = 'spread'): string {
  const segments = key.split('/')
  return pathOf(layout === 'spread' && isSpread(segments) ? spread(segments) : segments)
}

/** The path of a key where earlier versions stored the object; undefined when there is no other than `pathOfKey`. */
export function earlierPathOfKey(key: string): string | undefined {
  return wasFlat(key.split('/')) ? pathOfKey(key, 'flat') : undefined
}

/** Earlier versions wrote no names as short as those of the folders, which may now have the same path. */
function wasFlat(segments: readonly string[]): boolean {
  return isSpread(segments) && (segments[spreadDepth]?.length ?? 0) > spreadLength
}

/**
 * The beginning of the paths of all keys that begin with `prefix`. Other keys may have such paths, too, when the prefix
 * ends within the characters that name a folder.
 */
export function pathStartOf(prefix: string, layout: Layout): string {
  const segments = prefix.split('/')
  const name = segments[spreadDepth] ?? ''
  const isFolderKnown = name.length >= spreadLength || segments.length > spreadDepth + 1
  return pathOf(layout === 'spread' && isSpread(segments) && isFolderKnown ? spread(segments) : segments)
}

/** The key of a path; undefined when no key has this path in the layout. */
export function keyOfPath(path: string, layout: Layout): string | undefined {
  const segments = path.replaceAll('+/+', '').split('/')
  if (layout === 'spread' && isSpread(segments)) segments.splice(spreadDepth, 1)
  const key = segments.join('/').replace(/=([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const expected = layout === 'flat' ? earlierPathOfKey(key) : pathOfKey(key)
  return isObjectKey(key) && expected === path ? key : undefined
}

/** Whether a folder may contain objects in the layout. */
export function isFolderOf(path: string, layout: Layout): boolean {
  const segments = path.split('/')
  if (layout === 'flat' && !spreadKinds.includes(segments[0] ?? '')) return false
  if (segments.length !== spreadDepth + 1 || !isSpread(segments)) return true
  // a piece of a long name, or the folder of names
  return path.endsWith('+') === (layout === 'flat')
}

const spread = (segments: readonly string[]) =>
  segments.toSpliced(spreadDepth, 0, segments[spreadDepth]?.slice(0, spreadLength) ?? '')

const pathOf = (segments: readonly string[]) => segments.map(encodeSegment).join('/')

function encodeSegment(segment: string): string {
  const name = segment.replace(/[A-Z]/g, capital => `=${capital.toLowerCase()}`)
  // the expression would look for a long name from each character of a short one
  return name.length > pieceLength ? name.replace(longName, '$&+/+') : name
}
