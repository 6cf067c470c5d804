import type { Accepted } from '../plan/formats.ts'

/**
 * What an `Accept` header names beyond the formats that every browser shows (RFC 9110, section 12.5.1). Wildcards
 * do not count: every client sends them, whether or not it can show AVIF. A weight of 0 is a refusal.
 */
export function readAccept(header: string | undefined): Accepted {
  const accepts = (type: string) =>
    (header ?? '').split(',').some(item => {
      const [name = '', ...parameters] = item.split(';')
      return name.trim().toLowerCase() === type && !parameters.some(refuses)
    })
  return { avif: accepts('image/avif'), webp: accepts('image/webp') }
}

const refuses = (parameter: string) => /^\s*q\s*=\s*0(\.0*)?\s*$/i.test(parameter)
