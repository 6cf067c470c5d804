/** Strips the host from an image URL, so that the dashboard only sends requests to its own origin. */
export function sameOriginPath(url: string): string {
  const start = url.search(/\/(processed|raw)\//)
  return start < 0 ? url : url.slice(start)
}
