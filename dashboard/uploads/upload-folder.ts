import { path, query } from '../location.ts'

/** The folder that the library shows: uploads get its tag. An empty string in other views. */
export function uploadFolder(): string {
  return path.peek() === '/' ? (query.peek().get('folder') ?? '') : ''
}
