import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** The system user that the server's programs run as. */
export interface SystemUser {
  uid: number
  gid: number
}

/**
 * The system user that Postgres runs as, because Postgres refuses to run as root. It is the owner of the database
 * directory or, when the directory does not exist yet, the user `postgres`, created if missing. Undefined when this
 * process does not run as root: Postgres then runs as the same user.
 */
export async function findServerUser(directory: string): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const owner = await stat(directory).catch(() => undefined)
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  return (await findPostgresUser()) ?? createPostgresUser()
}

async function findPostgresUser(): Promise<SystemUser | undefined> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async flag => Number((await execute('id', [flag, 'postgres'])).stdout)),
    )
    return uid && gid ? { uid, gid } : undefined
  } catch {
    return undefined
  }
}

async function createPostgresUser(): Promise<SystemUser> {
  let cause: unknown
  try {
    await execute('groupadd', ['--force', '--system', 'postgres'])
    await execute('useradd', ['--system', '--gid', 'postgres', '--no-create-home', 'postgres'])
  } catch (error) {
    cause = error // another process may have created it at the same time
  }
  const user = await findPostgresUser()
  if (user) return user
  throw new Error(
    'Postgres does not run as root, and the user `postgres` could not be created to run it. ' +
      'Run Darkroom as another user, or set DATABASE_URL to a Postgres server.',
    { cause },
  )
}

/**
 * Checks that the user can enter `directory` and run `program`, by trying it, because only the kernel knows
 * all the rules. Folders such as /root or a private temporary folder are closed to other users.
 */
export async function requirePathAccess(user: SystemUser, directory: string, program: string): Promise<void> {
  const asUser = { uid: user.uid, gid: user.gid, cwd: '/' }
  const reaches = (path: string) =>
    execute('/bin/sh', ['-c', 'test -x "$1"', 'sh', path], asUser).then(
      () => true,
      () => false,
    )
  const because = `Postgres does not run as root but as user ${user.uid}, who cannot reach`
  if (!(await reaches(directory))) {
    throw new Error(
      `${because} ${directory}. Set DARKROOM_DATA_DIR to a folder whose parents everyone may enter (mode 0711 or ` +
        '0755), run Darkroom as another user, or set DATABASE_URL to a Postgres server.',
    )
  }
  if (!(await reaches(program))) {
    throw new Error(
      `${because} ${program}. Install Darkroom in a folder that everyone may enter, run it as another user, or set ` +
        'DATABASE_URL to a Postgres server.',
    )
  }
}
