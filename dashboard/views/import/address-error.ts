/** The longest address, in characters. */
const maxLength = 2_048

/** Names the first address that the service would refuse, because it refuses a long list as a whole. */
export function addressErrorOf(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const problem = problemOf(line)
    if (problem !== undefined) return `${problem}: ${line.slice(0, 100)}`
  }
  return undefined
}

/** By the same rules as the service. */
function problemOf(line: string): string | undefined {
  if (!/^https?:\/\/[^/]/i.test(line) || !URL.canParse(line))
    return 'Not an address that begins with http:// or https://'
  const { username, password, port } = new URL(line)
  if (line.length > maxLength) return `Longer than ${maxLength} characters`
  if (/[\p{Cc}\p{Cs}]/u.test(line)) return 'Contains control characters'
  if (username !== '' || password !== '') return 'Contains a user or a password'
  if (port !== '' && Number(port) < 1024 && port !== '80' && port !== '443')
    return 'Port is not 80, 443 or one from 1024 on'
  return undefined
}
