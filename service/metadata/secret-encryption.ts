import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { DarkroomError } from '../errors/catalogue.ts'

const algorithm = 'aes-256-gcm'
/** The first byte of a ciphertext. It identifies the algorithm, in case a later version uses another one. */
const version = 1
const ivLength = 12
const tagLength = 16

/**
 * Encrypts a secret for the database. The result is the version, the IV, the tag and the ciphertext. The
 * `context`, which names the owner, is authenticated: a ciphertext that was moved to another row cannot be
 * decrypted.
 */
export function encryptSecret(masterKey: Buffer, secret: Buffer, context: string): Buffer {
  const iv = randomBytes(ivLength)
  const cipher = createCipheriv(algorithm, masterKey, iv, { authTagLength: tagLength })
  cipher.setAAD(associatedData(context))
  const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()])
  return Buffer.concat([Buffer.of(version), iv, cipher.getAuthTag(), ciphertext])
}

/**
 * Decrypts the result of `encryptSecret`. Throws when the key or the context is different, or a byte was
 * changed.
 */
export function decryptSecret(masterKey: Buffer, encrypted: Buffer, context: string): Buffer {
  if (encrypted[0] !== version)
    throw new Error('an encrypted secret has an unknown version, written by a newer Darkroom')
  const iv = encrypted.subarray(1, 1 + ivLength)
  const tag = encrypted.subarray(1 + ivLength, 1 + ivLength + tagLength)
  const ciphertext = encrypted.subarray(1 + ivLength + tagLength)
  try {
    const decipher = createDecipheriv(algorithm, masterKey, iv, { authTagLength: tagLength })
    decipher.setAAD(associatedData(context))
    decipher.setAuthTag(tag)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  } catch (cause) {
    throw new Error(
      'a secret cannot be decrypted: DARKROOM_MASTER_KEY (or master.key) is not the key that it was encrypted ' +
        'with, or the database was modified',
      { cause },
    )
  }
}

export interface SecretCipherOptions {
  /** 32 bytes. */
  readonly masterKey: Buffer
  /** The key that replaces it, while the master key is rotated. */
  readonly newMasterKey: Buffer | undefined
  /** The plural noun for the owners of the secrets in the error: `signing keys cannot be created now`. */
  readonly owners: string
}

/**
 * Encrypts and decrypts the secrets of a table. While the master key is rotated, secrets can be decrypted with either
 * key, but none can be encrypted, because it is unknown which key a new one would need.
 */
export class SecretCipher {
  readonly #options: SecretCipherOptions

  constructor(options: SecretCipherOptions) {
    this.#options = options
  }

  /** See `encryptSecret`. @throws DarkroomError `unavailable` while the master key is rotated */
  encrypt(secret: Buffer, context: string): Buffer {
    const { masterKey, newMasterKey, owners } = this.#options
    if (newMasterKey !== undefined)
      throw new DarkroomError(
        'unavailable',
        `the master key is being rotated, ${owners} cannot be created now`,
      )
    return encryptSecret(masterKey, secret, context)
  }

  /** See `decryptSecret`. */
  decrypt(encrypted: Buffer, context: string): Buffer {
    const { masterKey, newMasterKey } = this.#options
    return decryptSecretWithAny(newMasterKey ? [masterKey, newMasterKey] : [masterKey], encrypted, context)
  }
}

/** Decrypts with the first of these master keys that fits. Throws like `decryptSecret`. */
function decryptSecretWithAny(masterKeys: readonly Buffer[], encrypted: Buffer, context: string): Buffer {
  const failures: unknown[] = []
  for (const masterKey of masterKeys) {
    try {
      return decryptSecret(masterKey, encrypted, context)
    } catch (error) {
      failures.push(error)
    }
  }
  throw failures[0]
}

function associatedData(context: string): Buffer {
  return Buffer.from(`${version}:${context}`)
}
