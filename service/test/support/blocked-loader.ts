import sharp from 'sharp'

/** Runs work with a loader of libvips that the service blocks, for an independent reader or writer of a format. */
export async function withBlockedLoader<T>(name: 'Svg' | 'Uhdr', work: () => Promise<T>): Promise<T> {
  const operation = [`VipsForeignLoad${name}`]
  sharp.unblock({ operation })
  try {
    return await work()
  } finally {
    sharp.block({ operation })
  }
}
