/**
 * How long a process serves a cached value before revalidating it, in milliseconds. Two caches use it: database rows,
 * and, on top, URLs with a verified signature. A change (a revoked key, a new limit, a deletion, a purge) therefore
 * takes effect in every process within a second.
 */
export const revalidateAfterMs = 500
