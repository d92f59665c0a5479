/** A view of the bytes that reads numbers; reading past the end throws a RangeError. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes as Latin-1 characters; what lies past the end is left out. */
export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', start, end);
}

/** Whether the bytes begin so, from an offset; characters are Latin-1, and '?' stands for any byte. */
export function startsWith(bytes: Uint8Array, pattern: string, offset = 0): boolean {
  if (bytes.length < offset + pattern.length) return false;
  for (let at = 0; at < pattern.length; at++) {
    const expected = pattern.charCodeAt(at);
    if (expected !== 0x3f && expected !== bytes[offset + at]) return false;
  }
  return true;
}
