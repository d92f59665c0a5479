import { readFile } from 'node:fs/promises';
import type { PictureHash, Pictures } from '../../core/pictures.ts';
import type { PaintTask } from '../../core/task.ts';
import { unpackRaster } from '../../nst/image/packed-raster.ts';
import { maskOf, pictureOf } from '../../nst/image/planes.ts';
import type { Sources } from '../../nst/level.ts';
import type { StylizeSettings } from '../../nst/settings.ts';

/**
 * Gets a task's pictures at the sizes at which they are needed. They are packed rasters: no decoder of foreign formats is
 * at work where paintings are painted.
 *
 * @throws ImpastoError `picture-gone`, `picture-damaged`
 */
export async function readSources(
  task: PaintTask,
  { size, styleScale }: StylizeSettings,
  pictures: Pictures,
): Promise<Sources> {
  const { packed = {} } = task;
  const raster = async (hash: PictureHash) => {
    const file = Object.hasOwn(packed, hash) ? packed[hash] : undefined;
    return unpackRaster(file === undefined ? await pictures.get(hash) : await readFile(file));
  };
  const read = async (hash: PictureHash, fit: number, enlarge: boolean) =>
    pictureOf(await raster(hash), { fit, enlarge });
  const content = await read(task.content, size, true);
  const styles = [];
  for (const style of task.styles) styles.push(await read(style, Math.round(size * styleScale), false));
  const init = task.init === undefined ? undefined : await read(task.init, size, true);
  const mask =
    task.mask === undefined
      ? undefined
      : (await maskOf(await raster(task.mask), content.width, content.height)).mask;
  return { content, styles, ...(init && { init }), ...(mask && { mask }) };
}
