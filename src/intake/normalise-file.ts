import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { writeError } from '../files/disk.ts';
import { normalisePicture } from '../nst/image/normalise.ts';
import { packRaster } from '../nst/image/packed-raster.ts';
import type { NormalisedFile, NormaliseRequest } from './protocol.ts';

/**
 * Decodes a foreign file and writes it as a packed raster. The one place, in a process of its own, where the bot's and
 * the workers' foreign bytes are decoded.
 *
 * @throws ImpastoError `disk-full`, `not-writable`, and what normalisePicture() throws
 */
export async function normaliseFile(request: NormaliseRequest): Promise<NormalisedFile> {
  const { input, output, limits, longerSide } = request;
  const { raster, info, notices } = await normalisePicture(await readFile(input), { limits, longerSide });
  const parts = await packRaster(raster);
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  await writeFile(output, parts, { flag: 'wx', mode: 0o600 }).catch((cause) => {
    throw writeError('pictures', cause);
  });
  const { width, height } = info;
  return { size: { width, height }, hash: hash.digest('hex'), notices: [...notices] };
}
