import type { ImageVersion } from '../metadata/image.ts'
import { maxPage } from '../operations/all/page.ts'
import { rungWidths } from '../plan/ladder.ts'
import { rungFormats } from '../plan/rungs.ts'
import { pagedFormats } from '../plan/source-formats.ts'
import { pageKey, rungKey } from '../storage/keys.ts'

/**
 * The key of every rung and page that can have been made from an original, whether or not it is in the store. So no
 * record is needed of what exists, and a deletion also finds what was written when a process crashed.
 */
export function sourceKeys(
  image: ImageVersion,
  { extension, pages }: { extension: string; pages: number },
): string[] {
  const isPaged = pagedFormats.some(format => format === extension)
  const count = isPaged ? Math.min(pages, maxPage) : 0
  return [
    ...rungFormats.flatMap(format => rungWidths.map(width => rungKey(image, width, format))),
    ...Array.from({ length: count }, (_, index) => pageKey(image, index + 1)),
  ]
}
