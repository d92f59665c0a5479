/** The formats in which pictures are sent. */
export type SentFormat = 'png' | 'jpeg' | 'webp' | 'gif';

/** First bytes, as Latin-1 characters; '?' stands for any. */
const SIGNATURES: readonly (readonly [SentFormat, string])[] = [
  ['png', '\x89PNG\r\n\x1a\n'],
  ['jpeg', '\xff\xd8\xff'],
  ['webp', 'RIFF????WEBP'],
  ['gif', 'GIF8?a'],
];

/** What one of our own pictures is; undefined for a packed raster, which is no file to be sent. */
export function ownFormat(bytes: Uint8Array): SentFormat | undefined {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  const matches = (pattern: string) => [...pattern].every((each, at) => each === '?' || each === head[at]);
  return SIGNATURES.find(([, pattern]) => matches(pattern))?.[0];
}

/** Of a file's name, without a dot. */
export function extensionOf(format: SentFormat): string {
  return format === 'jpeg' ? 'jpg' : format;
}
