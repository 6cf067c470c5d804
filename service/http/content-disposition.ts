import { percentEncode } from '../url/text.ts'

/**
 * The header that makes a browser save a response under a name (RFC 6266): in ASCII for old clients, and in UTF-8 (RFC
 * 8187) where that differs. Both contain harmless characters only, whatever the name has. Letters lose their accents;
 * compatibility forms are not resolved, because a full-width slash or dot would become a path.
 */
export function attachment(fileName: string): string {
  const ascii = [...fileName.normalize('NFD').replace(/\p{M}/gu, '')]
    // a quote or a backslash would end the text, and some clients decode a percent sign
    .map(character => (/^[ !#$&-[\]-~]$/.test(character) ? character : '_'))
    .join('')
  const plain = `attachment; filename="${ascii}"`
  return ascii === fileName ? plain : `${plain}; filename*=UTF-8''${percentEncode(fileName, /['()*]/g)}`
}
