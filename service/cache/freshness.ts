/**
 * The time within which a change (a revoked key, a new limit, a deletion, a purge) takes effect in every process, in
 * milliseconds: whatever is served was current less than this time ago.
 */
export const effectMs = 1_000

/**
 * How long a process serves a cached value before revalidating it, in milliseconds. Two caches use it: database rows,
 * and, on top, URLs with a verified signature; together they stay within `effectMs`.
 */
export const revalidateAfterMs = 500

/**
 * How old the database's last word may be that no cached row has changed (`change-log.ts`), in milliseconds. It is close to
 * `effectMs`, because a busy machine takes long to deliver it and would be busier still if all rows were read again.
 */
export const confirmedMs = 900

/**
 * How long a process serves a cached value while the database notifies it of every change, in milliseconds. Notices make
 * changes take effect; this bounds the harm of a change that no trigger has noticed.
 */
export const coveredMs = 60_000
