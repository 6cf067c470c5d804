import { messageOf } from '../errors/catalogue.ts'

/** Where a server is to listen, and which variable says so. */
export interface Place {
  readonly variable: 'PORT' | 'DARKROOM_METRICS_PORT'
  readonly host: string
  readonly port: number
}

/** Waits for a server to listen. @throws Error that names the variable to change */
export async function listening<T>(place: Place, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new Error(problemOf(place, cause), { cause })
  }
}

function problemOf({ variable, host, port }: Place, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return `${variable}: port ${port} on ${host} is in use`
  if (code === 'EACCES') return `${variable}: this user may not listen on port ${port}`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `HOST: ${host} is no address of this machine`
  return `${variable}: ${messageOf(error)}`
}
