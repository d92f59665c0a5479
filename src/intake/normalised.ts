import { isPackedRaster } from '../nst/image/packed-raster.ts';
import type { Painter, PaintTask, PictureHash } from '../queue/task.ts';
import type { PictureStore } from '../store/pictures.ts';
import type { Intake } from './intake.ts';

/**
 * The packed raster of a picture that is kept. One that was kept as something else, a foreign file of before, a style of
 * the gallery or a result, is decoded now and kept as well.
 *
 * @param sender - whose turn it takes.
 * @throws ImpastoError `picture-gone`, and what Intake.take() and the store throw
 */
export async function normalised(
  hash: PictureHash,
  sender: string,
  pictures: PictureStore,
  intake: Intake,
): Promise<PictureHash> {
  const bytes = await pictures.get(hash);
  if (isPackedRaster(bytes)) return hash;
  const taken = await intake.take({ fetch: () => once(bytes) }, sender);
  try {
    return await pictures.putFile(taken.file);
  } finally {
    await taken.discard();
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** A painter that is given tasks of packed rasters alone, whatever their pictures were kept as. */
export function normalisingPainter(painter: Painter, pictures: PictureStore, intake: Intake): Painter {
  const packed = async (task: PaintTask): Promise<PaintTask> => {
    const pack = (hash: PictureHash) => normalised(hash, `job:${task.jobId}`, pictures, intake);
    const { content, styles, mask, init } = task;
    return {
      ...task,
      content: await pack(content),
      styles: await Promise.all(styles.map(pack)),
      ...(mask !== undefined && { mask: await pack(mask) }),
      ...(init !== undefined && { init: await pack(init) }),
    };
  };
  return {
    paint: async (task, hooks) => painter.paint(await packed(task), hooks),
    forget: (jobId) => painter.forget(jobId),
    close: () => painter.close(),
  };
}
