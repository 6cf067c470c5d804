import { BudgetPosition, budgetStart } from '../../../removal/derivative-eviction.ts'
import { defineChore, hourMs } from '../task.ts'

/** Removes the derivatives that were not used for the longest time, when all together exceed their budget. */
export default defineChore({
  name: 'unused-derivatives',
  everyMs: hourMs,
  position: BudgetPosition,
  start: budgetStart(),
  runPage: (position, { derivativeBudget }, signal) => derivativeBudget.runPage(position, signal),
})
