// A child process that runs the JavaScript blocks of one page, one after another, so that they share their variables.

interface Order {
  readonly url: string
  readonly environment: Readonly<Record<string, string>>
}

process.on('message', async ({ url, environment }: Order) => {
  Object.assign(process.env, environment)
  try {
    await import(url)
    process.send?.({})
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.stack : String(error) })
  }
})
