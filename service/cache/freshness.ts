/**
 * How long a process serves a cached value before revalidating it, in milliseconds. Two caches use it: database rows,
 * and, on top, URLs with a verified signature. A change (a revoked key, a new limit, a deletion, a purge) therefore
 * takes effect in every process within a second. The same time bounds how old the database's last word may be that no
 * cached row has changed (`change-log.ts`).
 */
export const revalidateAfterMs = 500

/**
 * How long a process serves a cached value while the database notifies it of every change, in milliseconds. Notices make
 * changes take effect; this bounds the harm of a change that no trigger has noticed.
 */
export const coveredMs = 60_000
