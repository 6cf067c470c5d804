/**
 * Decodes UTF-8, or Latin-1 if the bytes are not valid UTF-8: older cameras and programs write Latin-1.
 * @param isCut whether the last character may be incomplete; it is dropped then
 */
export function decodeText(bytes: Buffer, isCut = false): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut })
  } catch {
    return bytes.toString('latin1')
  }
}
