import type { Extension } from '../url/address.ts'
import { type Candidates, candidatesOf } from './candidates.ts'
import { checkSteps } from './checks.ts'
import type { OperationStep } from './operations.generated.ts'
import { assemblePicture, type Picture, type PictureRequest, pictureFiles } from './picture-markup.ts'
import { type SigningKey, sign } from './sign.ts'
import { type Derivative, originalUrl, url } from './url.ts'

/** The address of the service, the owner of the images, and the signing key. */
export interface ClientOptions extends SigningKey {
  /** The public address, such as `https://images.example.com`. */
  readonly baseUrl: string
  readonly userId: string
}

export interface Lifetime {
  /** How long the URL is valid from now, in seconds. Without it, the URL is valid as long as its key. */
  readonly expiresIn?: number | undefined
}

/** A URL of which the browser saves the image instead of showing it. */
export interface Download {
  /** The file name. Its extension is adjusted to the format that is delivered. */
  readonly download?: string | undefined
}

export interface Output extends Lifetime {
  /** Default `auto`: the best format that the browser's `Accept` header names. */
  readonly format?: Extension | undefined
  /** The name of a stored policy. One signature then covers all URLs of the image that it allows, see `readGrant`. */
  readonly policy?: string | undefined
}

/** Builds signed, absolute URLs of one user's images. Rejects with the errors of `url`, `originalUrl` and `sign`. */
export interface Client {
  url(imageId: string, operations?: readonly OperationStep[], output?: Output & Download): Promise<string>
  original(imageId: string, extension: string, lifetime?: Lifetime & Download): Promise<string>
  /** `"<url> 320w, <url> 640w"`, or `"<url> 1x, <url> 2x"` for densities. */
  srcset(imageId: string, operations: readonly OperationStep[], output: Output & Candidates): Promise<string>
  /** A `<picture>` as data. Each URL has its own signature, or all share that of `policy`. See `pictureHtml`. */
  picture(imageId: string, request: PictureRequest & Omit<Output, 'format'>): Promise<Picture>
}

/** Creates a client with a signing secret, for servers only. Browsers use `url` and `srcset`, without a secret. */
export function createClient({ baseUrl, userId, keyId, secret }: ClientOptions): Client {
  const base = baseUrl.endsWith('/') ? baseUrl.slice(0, -1) : baseUrl

  type Terms = Omit<Output, 'format'> & Download

  async function signed(path: string, { expiresIn, policy, download }: Terms): Promise<string> {
    const expires = expiresIn === undefined ? undefined : Math.floor(Date.now() / 1000 + expiresIn)
    return base + (await sign(path, { keyId, secret, expires, policy, download }))
  }

  /** What is signed is checked in every runtime: a signature must not cover operations that the caller did not intend. */
  function checkedUrl(derivative: Omit<Derivative, 'userId'>): string {
    checkSteps(derivative.operations ?? [])
    return url({ userId, ...derivative })
  }

  return {
    async url(imageId, operations, { format, ...terms } = {}) {
      return signed(checkedUrl({ imageId, operations, format }), terms)
    },
    async original(imageId, extension, { expiresIn, download } = {}) {
      return signed(originalUrl(userId, imageId, extension), { expiresIn, download })
    },
    async srcset(imageId, operations, { format, expiresIn, policy, ...candidates }) {
      const entries = candidatesOf(operations, candidates).map(async candidate => {
        const path = checkedUrl({ imageId, operations: candidate.operations, format })
        return `${await signed(path, { expiresIn, policy })} ${candidate.descriptor}`
      })
      return (await Promise.all(entries)).join(', ')
    },
    async picture(imageId, request) {
      const { expiresIn, policy } = request
      const urls = pictureFiles(request).map(file =>
        signed(checkedUrl({ imageId, ...file }), { expiresIn, policy }),
      )
      return assemblePicture(request, await Promise.all(urls))
    },
  }
}
