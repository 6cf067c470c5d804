import { inspectionOf } from '../../compose/engine.ts'
import type { Config } from '../../config.ts'
import { createIsolatedInspector } from '../../engine/isolation/isolated-backend.ts'
import type { Inspector } from '../../engine/render-backend.ts'
import type { Environment } from './build.ts'
import { whenAllFilesEnded } from './tap.ts'

let shared: Inspector | undefined

/**
 * The child processes that inspect uploads, for all services of this process with the default settings. Each service
 * starting its own would take a tenth of the CPU time of the run. @returns undefined for a service with other settings
 */
export function findSharedInspector(config: Config, environment: Environment): Inspector | undefined {
  const isDefault = !Object.keys(environment).some(name => /_(ISOLATION|INSPECTION|MAX_PIXELS)/.test(name))
  const budget = inspectionOf(config)
  if (!isDefault || budget === undefined) return undefined
  if (shared === undefined) {
    const inspector = createIsolatedInspector({ size: 2, maxPixels: config.DARKROOM_MAX_PIXELS }, budget)
    whenAllFilesEnded(() => inspector.close())
    shared = inspector
  }
  return shared
}
