/** Bytes of chance: nobody guesses 15. */
const strength = 15

/** A password that nobody has thought of: 20 letters, digits, dashes. */
export function newPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(strength))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}
