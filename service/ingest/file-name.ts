/** The longest name that is kept, in characters. */
const maxName = 200

/**
 * What is kept of a file's name where it came from: without its folders, without what would not print, and cut. Null
 * when nothing is left. It is shown and searched, and never opens anything.
 */
export function sanitizeFileName(name: string | undefined): string | null {
  const last = name?.split(/[/\\]/).at(-1) ?? ''
  // by code points, so that no half of a pair is left
  const clean = [...last.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '').trim()].slice(0, maxName).join('')
  return clean === '' ? null : clean
}
