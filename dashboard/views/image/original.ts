/** Whether a URL has a signature. That of the original has none if the user may use presets only. */
export const isSigned = (url: string) => /[?&]s=/.test(url)
