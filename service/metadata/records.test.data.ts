import type { Queryable } from './database.ts'
import type { ImageContent } from './image.ts'
import { ImageRepository } from './images.ts'
import { UserRepository } from './users.ts'

export const testContent: ImageContent = {
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
/** Creates a user and returns the id. */
export async function createTestUser(db: Queryable): Promise<string> {
  const email = `user${users++}@example.com`
  return (await new UserRepository(db).create({ email, passwordHash: 'h', role: 'member' })).id
}

/** Creates a ready image. */
export async function createTestImage(
  db: Queryable,
  userId: string,
  title = 'a',
  more: Partial<ImageContent> = {},
  tags: string[] = [],
) {
  const images = new ImageRepository(db)
  return images.completeUpload(await images.beginUpload(userId, { title, tags }), { ...testContent, ...more })
}
