/** The path and query of an image's URL on the host that this page came from: no other host is ever asked. */
export function sameOriginPath(url: string): string {
  const start = url.search(/\/(processed|raw)\//)
  return start < 0 ? url : url.slice(start)
}
