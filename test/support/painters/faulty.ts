import net from 'node:net';
import { ImpastoError } from '../../../src/nst/errors.ts';
import { serve } from '../../../src/queue/painting/serve.ts';

// A process that misbehaves in the way that a task's content names.

const never = () => new Promise<never>(() => {});

/** Stops everything in this process, as native code does that never returns. */
function block(): never {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new Error('Nobody wakes it');
}

serve(async ({ content, options, jobId }, { onProgress, signal }) => {
  const report = (iteration: number) =>
    onProgress({
      level: 1,
      levels: 1,
      width: process.pid,
      height: 1,
      iteration,
      iterations: 3,
      remainingMs: 1,
    });
  const painted = {
    picture: String(process.pid),
    width: 1,
    height: 1,
    size: options.size ?? 0,
    iterations: 3,
    painterMs: 1,
    work: { megapixelEvaluations: 1, ms: 1 },
    warnings: [],
  };
  let reports = 1;
  if (content === 'reports when signalled') process.on('SIGUSR2', () => report(++reports));
  report(1);
  switch (content) {
    case 'exits':
      process.stderr.write('the last thing it said\n');
      process.exit(3);
      break;
    case 'is killed':
      process.kill(process.pid, 'SIGKILL');
      await never();
      break;
    case 'tells its environment':
      return { ...painted, picture: JSON.stringify(process.env) };
    case 'blocks':
      block();
      break;
    case 'waits forever':
      await never();
      break;
    case 'reports when signalled':
      await never();
      break;
    case 'fills the heap': {
      const kept: number[][] = [];
      for (;;) kept.push(Array.from({ length: 10_000 }, (_, i) => i + 0.5));
    }
    case 'asks for too large an array':
      new ArrayBuffer(2 ** 52);
      break;
    case 'lacks memory':
      throw new ImpastoError('out-of-memory', `Too little memory for ${options.size} px.`, {
        advice: 'Smaller.',
      });
    case 'throws':
      throw new Error('a secret path');
    case 'paints':
      break;
    case 'stops when told':
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new ImpastoError('aborted', 'It was stopped.', { advice: 'Start it again.' }));
        });
      });
      break;
    default: {
      // The port of a server that wants to see this process end.
      const socket = net.connect(Number(content), '127.0.0.1');
      socket.write(jobId);
      for (;;) await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  return painted;
});
