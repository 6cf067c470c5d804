/** The result of a command: values by name. */
export type Facts = Readonly<Record<string, string | number>>

/** Prints a result to stdout: one line of name, tab and value each, or all values as one line of JSON. */
export function printFacts(facts: Facts, json: boolean | undefined): void {
  if (json) printLine(JSON.stringify(facts))
  else for (const [name, value] of Object.entries(facts)) printLine(`${name}\t${value}`)
}

/** Prints one line to stdout. */
export function printLine(text: string): void {
  process.stdout.write(`${text}\n`)
}
