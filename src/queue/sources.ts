import { decodeMask, decodePicture } from '../nst/image/decode.ts';
import type { Limits } from '../nst/image/limits.ts';
import type { Sources } from '../nst/level.ts';
import type { StylizeSettings } from '../nst/settings.ts';
import type { PaintTask, Pictures } from './task.ts';

/**
 * Gets a task's pictures, decoded at the sizes at which they are needed.
 *
 * @throws ImpastoError `picture-gone`, and what decodePicture() throws
 */
export async function readSources(
  task: PaintTask,
  { size, styleScale }: StylizeSettings,
  pictures: Pictures,
  limits: Limits,
): Promise<Sources> {
  const read = async (hash: string, fit: number, enlarge: boolean) =>
    decodePicture(await pictures.get(hash), { limits, fit, enlarge });
  const content = await read(task.content, size, true);
  const styles = [];
  for (const style of task.styles) styles.push(await read(style, Math.round(size * styleScale), false));
  const init = task.init === undefined ? undefined : await read(task.init, size, true);
  const mask =
    task.mask === undefined
      ? undefined
      : (await decodeMask(await pictures.get(task.mask), content.width, content.height, limits)).mask;
  return { content, styles, ...(init && { init }), ...(mask && { mask }) };
}
