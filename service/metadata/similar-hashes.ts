/** A part of a hash, turned to its beginning. */
interface Band {
  /** The hash, turned left, as it is in an index. */
  readonly turned: (hash: string) => string
  /** The number of bits of the part. */
  readonly bits: number
}

const hashBits = 64
const turn = (bits: number) => (hash: string) =>
  bits === 0 ? hash : `((${hash} << ${bits}) | (${hash} >> ${hashBits - bits}))`

/** Multi-index hashing (Norouzi, Punjani and Fleet, 2012): three parts, so that a lookup of one has few results. */
const bands: readonly Band[] = [
  { turned: turn(0), bits: 21 },
  { turned: turn(21), bits: 21 },
  { turned: turn(42), bits: 22 },
]
/** The indexes of the second and the last part (migration `hash-indexes`). */
export const bandIndexes = ['image_hashes_by_second_third', 'image_hashes_by_last_third']

/** The most lookups that are worth making: a distance of 11 bits has about 4,900. */
const maxLookups = 5_000

/** How to find the hashes that differ from a hash in few bits. */
export interface HashLookups {
  /** For each part, the differences to look up: numbers with few bits. */
  readonly masks: readonly (readonly number[])[]
  readonly count: number
}

/**
 * The lookups that find each hash that differs in at most `distance` bits; undefined when they are too many. If the parts
 * differed in more than these bits, the sum would be at least `distance` + 1.
 */
export function hashLookups(distance: number): HashLookups | undefined {
  const most = bands.map((_, index) => Math.floor((distance + 1 - bands.length + index) / bands.length))
  const count = bands.reduce((sum, { bits }, index) => sum + countMasks(bits, most[index] ?? 0), 0)
  if (count > maxLookups) return undefined
  return { masks: bands.map(({ bits }, index) => masksOf(bits, most[index] ?? 0)), count }
}

/**
 * SQL for the ids and hashes of a user's images that lookups find, some of them twice, as `image_id` and `phash`. `$1` is the
 * user, `own_hash` of the table `one` the hash, and `$first` and the following parameters are the masks of each part.
 */
export function lookupSql(first: number): string {
  return bands
    .map(({ turned, bits }, index) => {
      const part = `substring(${turned('own_hash')} from 1 for ${bits}) # mask::bit(${bits})`
      const end = (bit: number) => `(part || repeat('${bit}', ${hashBits - bits})::varbit)::bit(${hashBits})`
      return `select image_id, phash
        from one cross join unnest($${first + index}::int[]) as mask cross join lateral (select ${part} as part) as parts
          join image_hashes on user_id = $1 and ${turned('phash')} between ${end(0)} and ${end(1)}`
    })
    .join(' union all ')
}

/** The number of masks of at most `most` ones: a sum of binomial coefficients. */
function countMasks(bits: number, most: number): number {
  let [sum, ofSize] = [0, 1]
  for (let ones = 0; ones <= most; ones++) {
    sum += ofSize
    ofSize = (ofSize * (bits - ones)) / (ones + 1)
  }
  return sum
}

/** The numbers of `bits` bits of which at most `most` are ones; none when `most` is below 0. */
function masksOf(bits: number, most: number): number[] {
  if (most < 0) return []
  const masks = [0]
  let ofSize = [0]
  for (let ones = 1; ones <= most; ones++) {
    // the next bit is above the highest one, so that each number is made once
    ofSize = ofSize.flatMap(mask =>
      Array.from(
        { length: bits - (32 - Math.clz32(mask)) },
        (_, index) => mask | (1 << (32 - Math.clz32(mask) + index)),
      ),
    )
    masks.push(...ofSize)
  }
  return masks
}
