import { byteNotes, Contest, type ContestRound, contestRows, type Format } from '../contest.ts'
import { allJobs } from '../jobs.ts'
import { createRandom, shuffled } from '../random.ts'
import type { Outcome, Scenario } from '../scenario.ts'
import type { Job } from '../service.ts'
import { type Settings, targets } from '../settings.ts'

const formats: readonly Format[] = ['jpg', 'webp', 'avif']

/** Renders derivatives that no earlier request has cached. */
export const cold: Scenario = async (workspace, settings) => {
  const contest = await Contest.start(workspace, workspace.pictures)
  const jobs = shuffled(allJobs(workspace.pictures.length), createRandom(3))
  const outcomes: Pick<Outcome, 'rows' | 'notes'>[] = []
  for (const format of formats) outcomes.push(await runFormat(contest, format, jobs, settings))
  await contest.stop()
  return {
    title: 'Cold renderings of 2560×1600 JPEGs to 300–360 px, compared with a loop of the same sharp calls',
    rows: outcomes.flatMap(({ rows }) => rows),
    notes: outcomes.flatMap(({ notes }) => notes),
  }
}

async function runFormat(
  contest: Contest,
  format: Format,
  jobs: readonly Job[],
  { coldPairs, coldJobs }: Settings,
): Promise<Pick<Outcome, 'rows' | 'notes'>> {
  // each derivative may be requested only once
  const perRound = Math.min(coldJobs[format], Math.floor(jobs.length / (coldPairs + 1)))
  const rounds: ContestRound[] = []
  // the first round is a warm-up and does not count
  for (let round = 0; round <= coldPairs; round++) {
    const share = jobs.slice(round * perRound, (round + 1) * perRound)
    const result = await contest.round({ format, jobs: share })
    if (round > 0) rounds.push(result)
  }
  return { rows: contestRows(format, rounds, targets.cold[format]), notes: byteNotes(format, rounds) }
}
