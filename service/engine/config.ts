import { availableParallelism } from 'node:os'
import Type from 'typebox'

/** The variables of the engine. */
export const engineConfig = Type.Object({
  DARKROOM_CONCURRENCY: Type.Integer({
    minimum: 1,
    maximum: 256,
    default: availableParallelism(),
    description: 'renders at once (cores)',
  }),
  DARKROOM_QUEUE_LIMIT: Type.Integer({
    minimum: 0,
    maximum: 100_000,
    default: 256,
    description: 'renders that wait for a slot',
  }),
  DARKROOM_MAX_PIXELS: Type.Integer({
    minimum: 1,
    maximum: 1_000_000_000,
    default: 100_000_000,
    description: 'maximum number of pixels of an original',
  }),
  DARKROOM_ISOLATION: Type.Enum(['none', 'process'], {
    default: 'none',
    description: 'process: images are decoded and rendered in child processes',
  }),
  DARKROOM_ISOLATION_MB: Type.Integer({
    minimum: 256,
    maximum: 1_048_576,
    default: 4096,
    description: 'memory of each child process, which is killed when it needs more',
  }),
})
