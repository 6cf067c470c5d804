import { RevalidatingCache } from '../cache/revalidating-cache.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { Preset, PresetContent, PresetRepository } from '../metadata/presets.ts'
import type { Operations } from '../operations/registry.ts'
import type { Step } from '../url/address.ts'
import { parseSteps } from '../url/grammar.ts'
import { expandPresets, isPlainName } from '../url/preset.ts'
import { printSteps } from '../url/print.ts'

/** How long a preset counts as known, in milliseconds: a change is felt everywhere after it. */
const freshMs = 500

/** A user's presets as requests see them, and the one way to change them. */
export interface PresetStore {
  /**
   * Puts the operations of presets in their place. Names are made of the result, so that a changed preset leads to
   * other derivatives and never to an old one. `met` hears the names of all presets that were put in.
   * @throws DarkroomError `bad-url` for an unknown preset and for what becomes too much, or `unavailable`
   */
  expand(userId: string, steps: readonly Step[], met?: (name: string) => void): Promise<readonly Step[]>
  /**
   * The operations that a preset stands for at this moment, those of presets within it in their place, as names hold them;
   * undefined when it is unknown, or stands for nothing any more.
   */
  printExpanded(userId: string, name: string): Promise<string | undefined>
  /** Stores a preset in canonical form. @throws DarkroomError `bad-url`, `bad-request` or `conflict` */
  put(userId: string, name: string, content: PresetContent): Promise<Preset>
  /** @throws DarkroomError `not-found` */
  remove(userId: string, name: string): Promise<void>
}

export function createPresetStore(presets: PresetRepository, operations: Operations): PresetStore {
  const load = async (userId: string, name: string) => {
    const preset = await presets.find(userId, name)
    return preset && parseSteps(preset.operations, operations)
  }
  const known = new RevalidatingCache<readonly Step[]>({
    max: 5_000,
    revalidateAfterMs: freshMs,
    load(key) {
      const [userId = '', name = ''] = key.split('/')
      return load(userId, name)
    },
  })

  return {
    expand(userId, steps, met) {
      const find = (name: string) => {
        met?.(name)
        return known.get(`${userId}/${name}`)
      }
      return expandPresets(steps, find, operations)
    },
    async printExpanded(userId, name) {
      const steps = isPlainName(name) ? await load(userId, name) : undefined
      if (steps === undefined) return undefined
      try {
        return printSteps(
          await expandPresets(steps, other => load(userId, other), operations, [name]),
          operations,
        )
      } catch (error) {
        // a preset within it may be gone
        if (error instanceof DarkroomError && error.code === 'bad-url') return undefined
        throw error
      }
    },
    async put(userId, name, content) {
      if (!isPlainName(name)) {
        throw new DarkroomError('bad-request', 'name: expected 1 to 32 characters a-z and 0-9')
      }
      const steps = parseSteps(content.operations, operations)
      if (steps.length === 0) throw new DarkroomError('bad-request', 'operations: expected at least one')
      // its own name counts as open already: whatever leads back to it is a circle
      await expandPresets(steps, other => load(userId, other), operations, [name])
      const preset = await presets.put(userId, name, {
        ...content,
        operations: printSteps(steps, operations),
      })
      known.invalidate(`${userId}/${name}`)
      return preset
    },
    async remove(userId, name) {
      const removed = await presets.remove(userId, name)
      known.invalidate(`${userId}/${name}`)
      if (!removed) throw new DarkroomError('not-found', 'there is no such preset')
    },
  }
}
