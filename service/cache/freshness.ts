/**
 * How long a process serves what it has cached before it revalidates it, in milliseconds: rows of the database, and on
 * top of them URLs whose signature was verified. A change (a revoked key, a new limit, a deletion, a purge) therefore
 * takes effect in every process within a second.
 */
export const revalidateAfterMs = 500
