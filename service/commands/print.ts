/** What a command found out: names and values. */
export type Facts = Readonly<Record<string, string | number>>

/** Writes a result to stdout: a line of name, tab and value for each fact, or all of them as one line of JSON. */
export function printFacts(facts: Facts, json: boolean | undefined): void {
  if (json) printLine(JSON.stringify(facts))
  else for (const [name, value] of Object.entries(facts)) printLine(`${name}\t${value}`)
}

/** Writes one line of a result to stdout. */
export function printLine(text: string): void {
  process.stdout.write(`${text}\n`)
}
