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
    const { speed, failure } = await faulty('hangs', { timeoutMs: 3000 });
    expect(speed).toBeUndefined();
    expect(failure?.message).toBe('It gave no result within 3 s.');
  });

  it('takes the result of a driver that crashes only when it is let go', async () => {
    expect(await faulty('crashes at its end')).toMatchObject({ speed: 7 });
  });

  it('measures evaluations of the network in use', async () => {
    const { measured, speed } = await probeEngine('onnx-cpu', {
      threads: 1,
      execArgv: ['--import', 'tsx'],
      measure: { sides: [32, 64], folders: models ? [models] : [], cacheFolder: '/nonexistent' },
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
