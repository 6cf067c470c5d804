import { type Changes, keysOfNamed } from '../cache/change-log.ts'
import { RevalidatingCache } from '../cache/revalidating-cache.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { Preset, PresetContent, PresetRepository } from '../metadata/presets.ts'
import type { Operations } from '../operations/registry.ts'
import type { Step } from '../url/address.ts'
import { parseSteps } from '../url/grammar.ts'
import { expandPresets, isPlainName } from '../url/preset.ts'
import { printSteps } from '../url/print.ts'

/** The presets of all users: cached for requests, and invalidated by every change. */
export class PresetStore {
  readonly #presets: PresetRepository
  readonly #operations: Operations
  readonly #cache: RevalidatingCache<readonly Step[]>

  constructor(presets: PresetRepository, operations: Operations, changes: Changes) {
    this.#presets = presets
    this.#operations = operations
    this.#cache = new RevalidatingCache({
      max: 5_000,
      load: key => {
        const [userId = '', name = ''] = key.split('/')
        return this.#read(userId, name)
      },
      watching: { changes, keysOf: keysOfNamed },
    })
  }

  /**
   * Replaces each preset with its operations. Derivatives are named after the result, so a changed preset leads to
   * other derivatives and never to an old one. `onPreset` is called with the name of each preset that is replaced.
   * @throws DarkroomError `bad-url` for an unknown preset or a result beyond the limits of a URL, or `unavailable`
   */
  expand(
    userId: string,
    steps: readonly Step[],
    onPreset?: (name: string) => void,
  ): Promise<readonly Step[]> {
    const find = (name: string) => {
      onPreset?.(name)
      return this.#cache.get(keyOf(userId, name))
    }
    return expandPresets(steps, find, this.#operations)
  }

  /**
   * The current operations of a preset with nested presets expanded, printed as in file names. Undefined when the
   * preset is unknown or can no longer be expanded.
   */
  async printExpanded(userId: string, name: string): Promise<string | undefined> {
    const steps = isPlainName(name) ? await this.#read(userId, name) : undefined
    if (steps === undefined) return undefined
    try {
      return printSteps(await this.#expandUncached(userId, name, steps), this.#operations)
    } catch (error) {
      // a nested preset may have been deleted
      if (error instanceof DarkroomError && error.code === 'bad-url') return undefined
      throw error
    }
  }

  /** Stores a preset in canonical form. @throws DarkroomError `bad-url`, `bad-request` or `conflict` */
  async put(userId: string, name: string, content: PresetContent): Promise<Preset> {
    if (!isPlainName(name)) {
      throw new DarkroomError('bad-request', 'name: must be 1 to 32 characters a-z and 0-9')
    }
    const steps = parseSteps(content.operations, this.#operations)
    if (steps.length === 0) throw new DarkroomError('bad-request', 'operations: must have at least one')
    await this.#expandUncached(userId, name, steps)
    const operations = printSteps(steps, this.#operations)
    const preset = await this.#presets.put(userId, name, { ...content, operations })
    this.#cache.invalidate(keyOf(userId, name))
    return preset
  }

  /** @throws DarkroomError `not-found` for an unknown preset */
  async check(userId: string, name: string): Promise<void> {
    if ((await this.#presets.find(userId, name)) === undefined) throw unknownPreset()
  }

  /** @throws DarkroomError `not-found` */
  async remove(userId: string, name: string): Promise<void> {
    const removed = await this.#presets.remove(userId, name)
    this.#cache.invalidate(keyOf(userId, name))
    if (!removed) throw unknownPreset()
  }

  async #read(userId: string, name: string): Promise<readonly Step[] | undefined> {
    const preset = await this.#presets.find(userId, name)
    return preset && parseSteps(preset.operations, this.#operations)
  }

  /** Expands a preset's steps, reading nested presets from the database. Rejects a preset that contains itself. */
  #expandUncached(userId: string, name: string, steps: readonly Step[]): Promise<readonly Step[]> {
    return expandPresets(steps, other => this.#read(userId, other), this.#operations, [name])
  }
}

const unknownPreset = () => new DarkroomError('not-found', 'there is no such preset')

const keyOf = (userId: string, name: string) => `${userId}/${name}`
