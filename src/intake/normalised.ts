import { readFile } from 'node:fs/promises';
import type { Painter } from '../core/painter.ts';
import type { PictureHash, Pictures } from '../core/pictures.ts';
import type { PaintTask } from '../core/task.ts';
import { stopIfAborted } from '../nst/abort.ts';
import { about } from '../nst/errors.ts';
import { isPackedRaster } from '../nst/image/packed-raster.ts';
import type { Intake, TakenPicture, Wanted } from './intake.ts';

/**
 * The packed raster of a picture that is kept, for as long as it is needed. What was kept as something else, a foreign
 * file of before, a style of the gallery or a result, is decoded anew each time: a copy would be nobody's.
 *
 * @throws ImpastoError `picture-gone`, and what Intake.take() throws
 */
export async function packedPicture(
  hash: PictureHash,
  wanted: Wanted,
  pictures: Pick<Pictures, 'get'>,
  intake: Intake,
): Promise<Uint8Array> {
  const bytes = await pictures.get(hash);
  if (isPackedRaster(bytes)) return bytes;
  const taken = await intake.take({ fetch: () => once(bytes) }, wanted);
  try {
    return await readFile(taken.file);
  } finally {
    await taken.discard();
  }
}

/**
 * A painter that is given packed rasters alone, whatever a task's pictures were kept as: those that were kept as something
 * else lie in files of this machine while they are painted from.
 *
 * @param longerSide - of a photograph at most, in pixels; a painting may have twice as much.
 */
export function normalisingPainter(
  painter: Painter,
  pictures: Pick<Pictures, 'get'>,
  intake: Intake,
  longerSide: number,
): Painter {
  return {
    async paint(task, hooks) {
      const taken: Record<PictureHash, TakenPicture> = {};
      try {
        for (const { hash, role, times } of usesOf(task)) {
          const bytes = await pictures.get(hash);
          if (isPackedRaster(bytes) || Object.hasOwn(taken, hash)) continue;
          const wanted = { sender: `job:${task.jobId}`, longerSide: times * longerSide, accepted: true };
          taken[hash] = await intake.take({ fetch: () => once(bytes) }, wanted).catch((error) => {
            throw about(error, `The ${role}`);
          });
          stopIfAborted(hooks.signal);
        }
        const packed = Object.fromEntries(Object.entries(taken).map(([hash, { file }]) => [hash, file]));
        // Whatever a task says itself: paths are this machine's affair.
        return await painter.paint({ ...task, packed }, hooks);
      } finally {
        await Promise.all(Object.values(taken).map((each) => each.discard()));
      }
    },
    forget: (jobId) => painter.forget(jobId),
    close: () => painter.close(),
  };
}

/** Paintings first: one that is the photograph, too, is wanted in their size. */
function usesOf({ content, styles, mask, init }: PaintTask) {
  return [
    ...styles.map((hash) => ({ hash, role: 'painting', times: 2 })),
    { hash: content, role: 'photograph', times: 1 },
    ...(mask === undefined ? [] : [{ hash: mask, role: 'mask', times: 1 }]),
    ...(init === undefined ? [] : [{ hash: init, role: 'start picture', times: 1 }]),
  ];
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
