import { UserBudgetPosition } from '../../../removal/derivative-budget.ts'
import { defineChore, minuteMs } from '../task.ts'

/** Removes the derivatives that were not used for the longest time, of users whose derivatives exceed their limit. */
export default defineChore({
  name: 'limited-derivatives',
  everyMs: 5 * minuteMs,
  position: UserBudgetPosition,
  start: { after: '' },
  runPage: (position, { derivativeBudget }, signal) => derivativeBudget.runUserPage(position, signal),
})
