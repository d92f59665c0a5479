import { processPainter } from '../../../src/queue/painters/painter-process.ts';
import { openCheckpointFolder } from '../../../src/store/checkpoint-folder.ts';

// A bot in miniature, to be killed: has a process paint the task `content`, its only argument.

const [, , content = ''] = process.argv;
const painter = processPainter({
  entry: new URL('./faulty.ts', import.meta.url),
  checkpoints: openCheckpointFolder('/dev/null/nowhere'),
  stuckAfterMs: 60_000,
  stopWithinMs: 1000,
  log: console,
});
await painter.paint(
  { jobId: 'orphan', kind: 'painting', options: {}, content, styles: [] },
  { signal: new AbortController().signal, onProgress: () => {} },
);
