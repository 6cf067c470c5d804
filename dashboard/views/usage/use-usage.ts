import { useEffect, useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Image, UsageDay, UsageName } from '../../api-types.ts'
import { type Loading, useLoaded } from '../../use-loaded.ts'
import { firstDay, type Range } from './ranges.ts'

/** How many rows of each kind are shown. */
const maxNames = 50

export interface UsageData {
  readonly range: Range
  readonly days: readonly UsageDay[]
  readonly images: readonly UsageName[]
  readonly transforms: readonly UsageName[]
  readonly codes: readonly UsageName[]
  /** The images that still exist, by id. */
  readonly known: ReadonlyMap<string, Image>
}

/** Loads the usage of a range. While another range loads, the previous one stays, and `isOld` is true. */
export function useUsage(
  range: Range,
): readonly [loading: Loading<UsageData>, isOld: boolean, retry: () => void] {
  const [loaded, retry] = useLoaded(signal => loadUsage(range, signal), [range.name])
  const [before, setBefore] = useState<Loading<UsageData>>(loaded)
  useEffect(() => {
    if (loaded.state !== 'waiting') setBefore(loaded)
  }, [loaded])
  const isOld = loaded.state === 'waiting' && before.state === 'loaded'
  return [isOld ? before : loaded, isOld, retry]
}

async function loadUsage(range: Range, signal: AbortSignal): Promise<UsageData> {
  const from = firstDay(range)
  const names = async (by: 'image' | 'transform' | 'code') =>
    (await api.usageBy(by, from, signal)).items.slice(0, maxNames)
  const [days, images, transforms, codes] = await Promise.all([
    api.usage(from, signal),
    names('image'),
    names('transform'),
    names('code'),
  ])
  const known = await imagesOf(
    images.map(({ name }) => name),
    signal,
  )
  return { range, days: days.items, images, transforms, codes, known }
}

async function imagesOf(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Image>> {
  if (ids.length === 0) return new Map()
  const { items } = await api.images({ ids: ids.join(','), limit: ids.length }, signal)
  return new Map(items.map(image => [image.id, image]))
}
