import { availableParallelism, cpus } from 'node:os'
import sharp from 'sharp'
import { loadGenerator } from './load.ts'
import { describePeers } from './peers.ts'
import { equalTerms } from './processes.ts'

/** The machine and the versions of a run. */
export function describeMachine() {
  return {
    date: new Date().toISOString(),
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() || 'unknown processor',
    node: process.version,
    sharp: sharp.versions.sharp ?? 'unknown',
    libvips: sharp.versions.vips,
    generator: loadGenerator,
    peers: describePeers(),
    ...equalTerms,
  }
}

export type Machine = ReturnType<typeof describeMachine>
