import { availableParallelism, totalmem } from 'node:os'
import Type from 'typebox'

const mebibyte = 1024 * 1024

/** Half the memory of the machine or, if it is less, of the container, in MiB. The rest is for caches and everything else. */
function halfMemoryMb(): number {
  const limit = process.constrainedMemory()
  // 0 or a huge number without a limit
  const bytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  return Math.max(64, Math.floor(bytes / 2 / mebibyte))
}

/** The variables of the engine. */
export const engineConfig = Type.Object({
  DARKROOM_CONCURRENCY: Type.Integer({
    minimum: 1,
    maximum: 256,
    default: availableParallelism(),
    description: 'how many renderings run at the same time',
  }),
  DARKROOM_QUEUE_LIMIT: Type.Integer({
    minimum: 0,
    maximum: 100_000,
    default: 256,
    description: 'how many renderings may wait for their turn; further requests are answered with 503',
  }),
  DARKROOM_QUEUE_WAIT_MS: Type.Integer({
    minimum: 100,
    maximum: 30_000,
    default: 10_000,
    description:
      'how long a request waits for its turn, in milliseconds; one that is expected to wait longer gets 503 at once',
  }),
  DARKROOM_RENDER_MEMORY_MB: Type.Integer({
    minimum: 64,
    maximum: 16_777_216,
    default: halfMemoryMb(),
    description:
      'estimated memory, in MiB, that renderings may take at the same time; further ones wait, and a larger one runs alone',
  }),
  DARKROOM_MAX_PIXELS: Type.Integer({
    minimum: 1,
    maximum: 1_000_000_000,
    default: 100_000_000,
    description: 'maximum number of pixels of an original',
  }),
  DARKROOM_ISOLATION: Type.Enum(['none', 'uploads', 'process'], {
    default: 'uploads',
    description:
      'uploads: files are inspected in child processes; process: images are rendered in child processes, too',
  }),
  DARKROOM_ISOLATION_MB: Type.Integer({
    minimum: 256,
    maximum: 1_048_576,
    default: 4096,
    description: 'memory of each child process that renders, which is killed when it needs more',
  }),
  DARKROOM_INSPECTION_SECONDS: Type.Integer({
    minimum: 1,
    maximum: 600,
    default: 5,
    description: 'time and CPU time that the inspection of a small upload may take',
  }),
  DARKROOM_INSPECTION_MB: Type.Integer({
    minimum: 64,
    maximum: 1_048_576,
    default: 512,
    description: 'memory that the inspection of a small upload may take',
  }),
})
