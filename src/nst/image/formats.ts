import { ImpastoError } from '../errors.ts';

/** The formats a photograph or a painting may arrive in. */
export type InputFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'tiff' | 'gif';

/** The formats a result can be written in. */
export type OutputFormat = 'png' | 'jpeg' | 'webp';

/** What the first bytes of a file say it is; without a format, something known that is not accepted. */
export interface Recognised {
  /** The format's name as people write it: 'JPEG'. */
  readonly name: string;
  readonly format?: InputFormat;
}

/**
 * First bytes, as Latin-1 characters; '?' stands for any byte. The order matters: camera raw files are TIFF
 * files whose first picture is only a thumbnail.
 */
const SIGNATURES: readonly (Recognised & { readonly pattern: string })[] = [
  { name: 'JPEG', format: 'jpeg', pattern: '\xff\xd8\xff' },
  { name: 'PNG', format: 'png', pattern: '\x89PNG\r\n\x1a\n' },
  { name: 'WebP', format: 'webp', pattern: 'RIFF????WEBP' },
  { name: 'GIF', format: 'gif', pattern: 'GIF8?a' },
  { name: 'Canon raw', pattern: 'II*\0????CR' },
  { name: 'TIFF', format: 'tiff', pattern: 'II*\0' },
  { name: 'TIFF', format: 'tiff', pattern: 'MM\0*' },
  { name: 'TIFF', format: 'tiff', pattern: 'II+\0' },
  { name: 'TIFF', format: 'tiff', pattern: 'MM\0+' },
  { name: 'PDF', pattern: '%PDF-' },
  { name: 'PostScript', pattern: '%!PS' },
  { name: 'BMP', pattern: 'BM????\0\0\0\0' },
  { name: 'Photoshop', pattern: '8BPS' },
  { name: 'icon', pattern: '\0\0\x01\0' },
  { name: 'JPEG XL', pattern: '\xff\x0a' },
  { name: 'JPEG XL', pattern: '\0\0\0\x0cJXL ' },
  { name: 'JPEG 2000', pattern: '\0\0\0\x0cjP  ' },
  { name: 'OpenEXR', pattern: 'v/1\x01' },
  { name: 'compressed', pattern: '\x1f\x8b' },
];

/** How much of a file is looked at: enough for an SVG's prolog, comments and document type. */
const HEAD_BYTES = 4096;

/**
 * Tells a file's format from its content; its name and declared media type have no say. No decoder has seen the
 * bytes yet, so whatever is not accepted (an SVG that reads local files, say) never reaches one.
 */
export function recognise(bytes: Uint8Array): Recognised | undefined {
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1');
  return SIGNATURES.find(({ pattern }) => matches(head, pattern)) ?? isoMedia(head) ?? svg(head);
}

function matches(head: string, pattern: string): boolean {
  return [...pattern].every((character, at) => character === '?' || character === head[at]);
}

/** AVIF, HEIC and MP4 share one container, whose first box ('ftyp') lists the brands it is compatible with. */
function isoMedia(head: string): Recognised | undefined {
  if (!matches(head, '????ftyp')) return undefined;
  const end = Buffer.from(head.slice(0, 4), 'latin1').readUInt32BE();
  const brands = head.slice(8, end).match(/.{4}/gs) ?? [];
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return { name: 'AVIF', format: 'avif' };
  return { name: brands.some((brand) => /^(he|mif|msf)/.test(brand)) ? 'HEIC' : 'video' };
}

/** Zero bytes are dropped so that UTF-16 is read like ASCII. */
function svg(head: string): Recognised | undefined {
  return /<svg/i.test(head.replaceAll('\0', '')) ? { name: 'SVG' } : undefined;
}

const OUTPUT_FORMATS: Readonly<Record<string, OutputFormat>> = {
  png: 'png',
  jpg: 'jpeg',
  jpeg: 'jpeg',
  webp: 'webp',
};

/**
 * The format that a path's extension asks for: .png, .jpg, .jpeg or .webp, in either case.
 * @throws ImpastoError 'unsupported-format' for any other extension, or none
 */
export function formatOf(path: string): OutputFormat {
  const extension = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  const format = Object.hasOwn(OUTPUT_FORMATS, extension) ? OUTPUT_FORMATS[extension] : undefined;
  if (format !== undefined) return format;
  throw new ImpastoError(
    'unsupported-format',
    extension === '' ? `${path} has no extension.` : `Impasto does not write .${extension} files.`,
    { advice: 'Let the name end in .png, .jpg or .webp.' },
  );
}
