import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { RgbaPixels } from '../../operations/analysis/resample.ts'
import { type DetectorWeights, loadWeights } from './faces/weights.ts'
import { describePixels, type PixelInsight } from './pixel-insight.ts'

/** Maximum milliseconds for one analysis, which usually takes 30. */
const maxMs = 15_000
/** How long a thread is kept for the next analysis, in milliseconds. Then it ends, and its memory, some 25 MB, is freed. */
const idleMs = 10_000
/** The same for one thread. A new one takes 200 ms of CPU time more for its first analysis. */
const lastIdleMs = 600_000

/** Loaded with the first analysis. */
let weights: Promise<DetectorWeights> | undefined
/** The threads that are kept, the latest last, with the timers that end them. The engine bounds how many run at once. */
const idle: { readonly thread: Worker; readonly ending: NodeJS.Timeout }[] = []

/**
 * Computes the insight of an image from its pixels. An analysis has a thread for itself, which is kept for a while,
 * because starting it and compiling its code takes longer than an analysis. If it fails, faces are unknown, and the rest is
 * computed here.
 */
export async function analyzePixels(pixels: RgbaPixels): Promise<PixelInsight> {
  try {
    weights ??= loadWeights()
    return await runInThread(pixels, await weights)
  } catch {
    weights = undefined
    return describePixels(pixels, undefined)
  }
}

async function runInThread(pixels: RgbaPixels, weights: DetectorWeights): Promise<PixelInsight> {
  const thread = takeThread(weights)
  try {
    const answer = once(thread, 'message', { signal: AbortSignal.timeout(maxMs) })
    thread.postMessage(pixels)
    const [insight]: PixelInsight[] = await answer
    if (!insight) throw new Error('the thread answered nothing')
    keepThread(thread)
    return insight
  } catch (error) {
    await thread.terminate()
    throw error
  }
}

/** The thread that was used last, or a new one. */
function takeThread(workerData: DetectorWeights): Worker {
  const kept = idle.pop()
  if (kept) {
    clearTimeout(kept.ending)
    kept.thread.ref()
    return kept.thread
  }
  const resourceLimits = { maxOldGenerationSizeMb: 128 }
  const options = { workerData, resourceLimits, env: {}, execArgv: [] }
  const thread = new Worker(new URL('./analysis-thread.js', import.meta.url), options)
  return thread.on('error', () => {}).on('exit', () => forget(thread))
}

/** Keeps the thread for the next analysis. It does not keep the process running. */
function keepThread(thread: Worker): void {
  thread.unref()
  const end = () => {
    forget(thread)
    thread.terminate().catch(() => {})
  }
  const keptMs = idle.length === 0 ? lastIdleMs : idleMs
  idle.push({ thread, ending: setTimeout(end, keptMs).unref() })
}

function forget(thread: Worker): void {
  const index = idle.findIndex(kept => kept.thread === thread)
  if (index >= 0) idle.splice(index, 1)
}
