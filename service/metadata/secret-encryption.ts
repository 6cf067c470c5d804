import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const algorithm = 'aes-256-gcm'
/** The first byte of what is sealed, so that another algorithm or key can follow without guessing. */
const version = 1
const ivLength = 12
const tagLength = 16

/**
 * Encrypts a secret for the database: version, IV, tag, ciphertext. The `context` (whose secret it is) is
 * authenticated with it, so a sealed secret moved to another row does not open.
 */
export function encryptSecret(masterKey: Buffer, secret: Buffer, context: string): Buffer {
  const iv = randomBytes(ivLength)
  const cipher = createCipheriv(algorithm, masterKey, iv, { authTagLength: tagLength })
  cipher.setAAD(associated(context))
  const text = Buffer.concat([cipher.update(secret), cipher.final()])
  return Buffer.concat([Buffer.of(version), iv, cipher.getAuthTag(), text])
}

/** Decrypts what `seal` made. Throws when the key or the context is another one, or a byte was changed. */
export function decryptSecret(masterKey: Buffer, sealed: Buffer, context: string): Buffer {
  if (sealed[0] !== version) throw new Error('a sealed secret has an unknown version: is Darkroom too old?')
  const iv = sealed.subarray(1, 1 + ivLength)
  const tag = sealed.subarray(1 + ivLength, 1 + ivLength + tagLength)
  const text = sealed.subarray(1 + ivLength + tagLength)
  try {
    const decipher = createDecipheriv(algorithm, masterKey, iv, { authTagLength: tagLength })
    decipher.setAAD(associated(context))
    decipher.setAuthTag(tag)
    return Buffer.concat([decipher.update(text), decipher.final()])
  } catch (cause) {
    throw new Error(
      'a sealed secret does not open: DARKROOM_MASTER_KEY (or master.key) is not the key it was sealed with, ' +
        'or the database was changed from outside',
      { cause },
    )
  }
}

/** Decrypts under whichever of the master keys it was sealed with. Throws as `unseal` does. */
export function decryptSecretWithAny(masterKeys: readonly Buffer[], sealed: Buffer, context: string): Buffer {
  const failures: unknown[] = []
  for (const masterKey of masterKeys) {
    try {
      return decryptSecret(masterKey, sealed, context)
    } catch (error) {
      failures.push(error)
    }
  }
  throw failures[0]
}

function associated(context: string): Buffer {
  return Buffer.from(`${version}:${context}`)
}
