// A whole worker in a process of its own, with painters that only take their time.
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { readConfig } from '../../src/config.ts';
import { THUMBNAIL_SIDE } from '../../src/core/task.ts';
import { startWorker } from '../../src/main/worker.ts';
import { createLog } from '../../src/ops/log.ts';
import { pacedPainter } from './painter.ts';

const config = readConfig(process.env, 'no.env');
const thumbnail = await sharp(await readFile(new URL('../../gallery/river-afternoon.webp', import.meta.url)))
  .resize(THUMBNAIL_SIDE)
  .jpeg()
  .toBuffer();
await startWorker({
  config,
  log: createLog({ level: 'error' }),
  createPainter: () => pacedPainter(thumbnail, (stamp) => process.send?.(stamp)),
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
