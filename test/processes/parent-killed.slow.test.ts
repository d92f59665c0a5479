import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { isAlive } from '../support/alive.ts';

const TSX = ['--import', 'tsx'];

describe('a process whose parent is killed', () => {
  let pids: number[] = [];
  afterEach(() => {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    pids = [];
  });

  it.each(['wait forever', 'block', 'be stuck in native code'])(
    'ends, though it would %s',
    async (request) => {
      const parent = fork(
        fileURLToPath(new URL('../support/processes-parent.ts', import.meta.url)),
        [request],
        {
          execArgv: TSX,
        },
      );
      const [pid] = (await once(parent, 'message')) as [number];
      pids.push(pid);
      parent.kill('SIGKILL');
      await expect.poll(() => isAlive(pid)).toBe(false);
    },
  );
});
