import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/engines/diagnosis.ts';
import { type ProbeOptions, probeEngine } from '../../src/engines/probe.ts';
import { models } from '../support/cli.ts';

const entry = new URL('../support/probes/faulty.ts', import.meta.url);

/** Tries an engine in a process that meets what a driver may do. */
const faulty = (what: string, more: Partial<ProbeOptions> = {}) =>
  probeEngine('onnx-webgpu', {
    threads: 1,
    entry,
    execArgv: ['--import', 'tsx'],
    measure: { sides: [], cacheFolder: what },
    ...more,
  });

describe('trying an engine in a process of its own', () => {
  it('outlives a driver that crashes, and keeps its last words', async () => {
    const { speed, failure, detail } = await faulty('crashes');
    expect(speed).toBeUndefined();
    expect(failure?.message).toBe('The process that tried it was lost (SIGSEGV): its driver crashed.');
    expect(detail).toContain('last words');
  });

  it('does not wait for a driver that hangs', async () => {
    const { speed, failure, holdsMs } = await faulty('hangs', { timeoutMs: 3000 });
    expect(speed).toBeUndefined();
    expect(failure?.message).toBe('It gave no result within 3 s.');
    expect(holdsMs).toBe(3_600_000);
  });

  it('ends with its signal, even where the driver hangs', async () => {
    const controller = new AbortController();
    const trial = faulty('hangs', { timeoutMs: 600_000, signal: controller.signal });
    controller.abort();
    await expect(trial).rejects.toMatchObject({ code: 'aborted' });
    await expect(faulty('hangs', { signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
  });

  it('does not blame the driver where the process was ended from outside', async () => {
    const { failure, holdsMs } = await faulty('is interrupted');
    expect(failure?.message).toBe('The process that tried it was ended from outside (SIGINT).');
    expect(holdsMs).toBe(0);
  });

  it('goes on when signals go to all processes of a terminal or a service', async () => {
    const measure = { sides: [32, 48], cacheFolder: '/dev/null/nowhere' };
    const child = fork(
      new URL('../../src/engines/probe-child.ts', import.meta.url),
      [JSON.stringify({ kind: 'onnx-cpu', threads: 1, measure })],
      { execArgv: ['--import', 'tsx'] },
    );
    const sides: number[] = [];
    child.on('message', ({ side }: { side: number }) => {
      sides.push(side);
      if (side === 32) for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) child.kill(signal);
    });
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(sides).toEqual([32, 48]);
  });

  it('takes the result of a driver that crashes only when it is let go', async () => {
    expect(await faulty('crashes at its end')).toMatchObject({ speed: 7 });
  });

  it('measures evaluations of the network in use', async () => {
    const { measured, speed } = await probeEngine('onnx-cpu', {
      threads: 1,
      execArgv: ['--import', 'tsx'],
      measure: { sides: [32, 64], folders: models ? [models] : [], cacheFolder: '/dev/null/nowhere' },
    });
    expect(speed).toBe(1);
    const network = models ? 'vgg19' : 'compact';
    expect(measured).toMatchObject([
      { network, side: 32 },
      { network, side: 64 },
    ]);
    for (const { ms } of measured) expect(ms).toBeGreaterThan(0);
  });

  it.skipIf(process.platform === 'darwin')(
    process.platform === 'darwin' ? 'CoreML is there on macOS' : 'tells that an engine is not there',
    async () => {
      const probe = await probeEngine('onnx-coreml', { threads: 1, execArgv: ['--import', 'tsx'] });
      expect(probe.speed).toBeUndefined();
      expect(diagnose(probe).problem).toBe('The optimiser’s engine failed.');
      expect(probe.detail).toContain('coreml');
    },
  );
});
