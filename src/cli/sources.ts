import type { Config } from '../config.ts';
import { about } from '../nst/errors.ts';
import { checkPaintable } from '../nst/image/limits.ts';
import { type Normalised, normalisePicture } from '../nst/image/normalise.ts';
import { maskOf, pictureOf } from '../nst/image/planes.ts';
import type { Sources } from '../nst/level.ts';
import type { StylizeSettings } from '../nst/settings.ts';
import { readInput } from './files.ts';
import type { Output } from './terminal.ts';

/** The picture files that the user named. */
export interface SourceFiles {
  readonly content: string;
  readonly styles: readonly string[];
  readonly init: string | undefined;
  readonly mask: string | undefined;
}

/**
 * Reads and decodes pictures at the sizes at which they are painted. What the user should know of one is written to
 * `stderr`; errors begin with the picture's role and file.
 *
 * @throws ImpastoError what readInput(), normalisePicture() and checkPaintable() throw
 */
export async function readSources(
  files: SourceFiles,
  { size, styleScale }: StylizeSettings,
  { config, stderr }: { readonly config: Config; readonly stderr: Output },
): Promise<Sources> {
  const { maxBytes, maxPixels } = config;
  const read = async (file: string, role: string, longerSide: number, check?: (own: Normalised) => void) => {
    const bytes = await readInput(file, maxBytes);
    try {
      const normalised = await normalisePicture(bytes, { limits: { maxBytes, maxPixels }, longerSide });
      check?.(normalised);
      for (const notice of normalised.notices) stderr.write(`The ${role} ${file}: ${notice}\n`);
      return normalised;
    } catch (error) {
      throw about(error, `The ${role} ${file}`);
    }
  };
  const photograph = await read(files.content, 'photograph', size, ({ info }) => checkPaintable(info, size));
  const content = await pictureOf(photograph.raster, { fit: size, enlarge: true });
  const styleSize = Math.round(size * styleScale);
  const styles = [];
  for (const file of files.styles) {
    const { raster } = await read(file, 'painting', styleSize, ({ info, raster }) =>
      checkPaintable(info, Math.max(raster.width, raster.height)),
    );
    styles.push(await pictureOf(raster, { fit: styleSize }));
  }
  const started = files.init === undefined ? undefined : await read(files.init, 'start picture', size);
  const init = started && (await pictureOf(started.raster, { fit: size, enlarge: true }));
  if (files.mask === undefined) return { content, styles, ...(init && { init }) };
  const { width, height } = content;
  const { raster, info } = await read(files.mask, 'mask', 2 * size);
  if (info.width !== width || info.height !== height) {
    stderr.write(`The mask was resized to ${width}×${height}.\n`);
  }
  const { mask } = await maskOf(raster, width, height);
  return { content, styles, ...(init && { init }), mask };
}
