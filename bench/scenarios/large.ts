import { Contest, type ContestRound, contestRows } from '../contest.ts'
import { drawLargePictures } from '../large-pictures.ts'
import type { Scenario } from '../scenario.ts'
import { targets } from '../settings.ts'

const widths = { from: 300, count: 61 }
/** The bare loop and the peers decode the whole file each time, so they do less. */
const jobsOfOthers = 6

/** Renders small derivatives of large originals whose ladder is built. */
export const large: Scenario = async (workspace, { largePairs }) => {
  const pictures = await drawLargePictures(workspace.folder)
  const contest = await Contest.start(workspace, pictures)
  const rows = []
  for (const [picture, what] of ['5640×3172 progressive JPEG', '5120×2880 PNG'].entries()) {
    const all = Array.from({ length: widths.count }, (_, index) => ({ picture, width: widths.from + index }))
    const perRound = Math.floor(all.length / (largePairs + 1))
    const rounds: ContestRound[] = []
    for (let round = 0; round <= largePairs; round++) {
      const jobs = all.slice(round * perRound, (round + 1) * perRound)
      const result = await contest.round({ format: 'jpg', jobs, jobsOfOthers })
      // the first round is a warm-up
      if (round > 0) rounds.push(result)
    }
    rows.push(...contestRows(what, rounds, picture === 0 ? targets.large.jpeg : targets.large.png))
  }
  await contest.stop()
  return {
    title: 'Cold renderings of large originals to 300–360 px JPEGs, with the ladder built',
    rows,
    notes: ['the bare loop and the peers decode the whole file for each derivative'],
  }
}
