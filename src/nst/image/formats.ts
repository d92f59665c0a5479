import { ImpastoError } from '../errors.ts';

/** The formats a photograph or a painting may arrive in. */
export type InputFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'heic' | 'tiff' | 'gif';

/** The formats a result can be written in. */
export type OutputFormat = 'png' | 'jpeg' | 'webp';

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
