/** Bytes of randomness: 120 bits. */
const randomBytes = 15

/** Generates a random password of 20 letters, digits, dashes and underscores. */
export function generatePassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(randomBytes))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}
