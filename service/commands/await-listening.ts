import { messageOf } from '../errors/catalogue.ts'

/** The address a server listens on, and the variable that configures it. */
export interface ListenTarget {
  readonly variable: 'PORT' | 'DARKROOM_METRICS_PORT'
  readonly host: string
  readonly port: number
}

/** Waits until a server listens. @throws Error that names the variable to change */
export async function awaitListening<T>(place: ListenTarget, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new Error(problemOf(place, cause), { cause })
  }
}

function problemOf({ variable, host, port }: ListenTarget, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return `${variable}: port ${port} on ${host} is in use`
  if (code === 'EACCES') return `${variable}: no permission to listen on port ${port}`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST: ${host} is not an address of this machine`
  return `${variable}: ${messageOf(error)}`
}
