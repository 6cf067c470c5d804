/** The longest stored name, in characters. */
const maxLength = 200

/**
 * The file name of an upload as it is stored: without directories and control characters, cut to 200 characters; null
 * when nothing is left. It is displayed and searched, and never used as a path.
 */
export function sanitizeFileName(name: string | undefined): string | null {
  const last = name?.split(/[/\\]/).at(-1) ?? ''
  // cut by code points, so that no surrogate pair is split
  const clean = [...last.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '').trim()]
    .slice(0, maxLength)
    .join('')
  return clean === '' ? null : clean
}
