/** Bytes of randomness: 120 bits. */
const strength = 15

/** Generates a random password of 20 letters, digits, dashes and underscores. */
export function newPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(strength))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}
