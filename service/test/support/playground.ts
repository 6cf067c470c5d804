import type { Locator, Page } from 'playwright-core'

/** The field of an option in the playground, such as the width of Resize. */
export function optionField(page: Page, operation: string, option: string): Locator {
  return page.getByRole('group', { name: operation, exact: true }).getByLabel(option, { exact: true })
}

/** Adds an operation by its name in the list. */
export async function addOperation(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Add operation' }).click()
  await page.getByRole('combobox', { name: 'Search operations' }).fill(name)
  await page.keyboard.press('Enter')
  await page.getByRole('group', { name, exact: true }).waitFor()
}
