import type { Queries } from './database.ts'
import type { ImageContent } from './image.ts'
import { createImages } from './images.ts'
import { createUsers } from './users.ts'

export const content: ImageContent = {
  extension: 'jpg',
  format: 'jpeg',
  width: 4000,
  height: 3000,
  pages: 1,
  bytes: 5_000_000_000,
  sha256: 'ab'.repeat(32),
  facts: { profile: 'srgb' },
}

let users = 0
/** Makes a user, and returns his id. */
export async function newUser(db: Queries): Promise<string> {
  const email = `user${users++}@example.com`
  return (await createUsers(db).create({ email, passwordHash: 'h', role: 'member' })).id
}

/** Makes a ready image. */
export async function upload(
  db: Queries,
  userId: string,
  title = 'a',
  more: Partial<ImageContent> = {},
  tags: string[] = [],
) {
  const images = createImages(db)
  return images.complete(await images.begin(userId, { title, tags }), { ...content, ...more })
}
