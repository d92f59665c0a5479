import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { paintWithRecovery } from '../../../src/queue/painters/recovery.ts';
import { paint, tinyPainter } from '../../support/painters/open.ts';

describe('a painting whose process is killed', () => {
  it('goes on from its checkpoint in a new process, to the very picture of an undisturbed one', async () => {
    const { painter, pids, checkpointFolder, pictureTask } = await tinyPainter();
    const undisturbed = await paint(painter, pictureTask('whole')).result;

    const killed: number[] = [];
    const seen: number[] = [];
    const outcome = await paintWithRecovery(painter, pictureTask('job-1'), {
      signal: new AbortController().signal,
      onProgress: ({ iteration }) => {
        seen.push(iteration);
        if (killed.length < 2 && iteration > 30 * (killed.length + 1)) {
          killed.push(iteration);
          process.kill(pids.at(-1) as number, 'SIGKILL');
        }
      },
      onRetry: () => void seen.push(-1),
    });
    expect(killed).toHaveLength(2);
    expect(outcome).toMatchObject({
      type: 'done',
      result: { picture: undisturbed.picture, iterations: 120 },
    });
    // After each loss it went on about where it was, not from the beginning.
    const resumed = seen.flatMap((iteration, i) => (seen[i - 1] === -1 ? [iteration] : []));
    expect(resumed).toHaveLength(2);
    for (const [i, iteration] of resumed.entries())
      expect(iteration).toBeGreaterThan((killed[i] as number) - 10);
    await painter.forget('job-1');
    expect(await readdir(checkpointFolder)).toEqual(['whole.checkpoint']);
  });
});
