import { describe, expect, it, onTestFinished } from 'vitest';
import { obstacle } from '../../src/engines/diagnosis.ts';
import { stopIfAborted } from '../../src/nst/abort.ts';
import { ImpastoError } from '../../src/nst/errors.ts';
import { type Networks, type NetworksOptions, openNetworks } from '../../src/nst/networks.ts';
import { parseSettings, type StylizeOptions } from '../../src/nst/settings.ts';

const load = async () => {
  throw new Error('Nothing is painted here');
};
const offline = new ImpastoError('download-failed', 'The source cannot be reached.', {
  advice: 'Try later.',
});

/** Networks over weights of VGG-19 that are here, cannot be had, or keep one waiting. */
function open(ensure: NetworksOptions['weights']['ensure'], more: Partial<NetworksOptions> = {}) {
  const asked: string[] = [];
  const networks = openNetworks({
    weights: {
      load,
      ensure: (deepest, signal) => {
        asked.push(deepest);
        return ensure(deepest, signal);
      },
    },
    ...more,
  });
  onTestFinished(() => networks.dispose());
  const choose = async (options: StylizeOptions, signal?: AbortSignal) => {
    const { engine, ...rest } = await networks.choose(parseSettings(options, 1), signal);
    return { network: engine.network.name, ...rest };
  };
  return { asked, choose, networks };
}

const here = async () => {};
const missing = async () => {
  throw offline;
};
/** A download that ends only when it is stopped. */
const slow = (_: string, signal?: AbortSignal) =>
  new Promise<void>((_resolve, reject) => {
    signal?.addEventListener('abort', () => {
      try {
        stopIfAborted(signal);
      } catch (error) {
        reject(error);
      }
    });
  });

describe('the network auto', () => {
  it('is VGG-19 where its weights are here, as deep as the layers need', async () => {
    const { choose, asked } = open(here);
    expect(await choose({})).toMatchObject({ network: 'vgg19', fallback: false });
    expect((await choose({})).why).toContain('VGG-19');
    expect(asked).toEqual(['conv3_4', 'conv3_4']);
  });

  it('needs no weights where nothing of the network is looked at, and misses none then', async () => {
    const { choose, asked } = open(missing);
    const smooth: StylizeOptions = { method: 'gatys', contentWeight: 0, styleWeight: 0 };
    expect(await choose(smooth)).toMatchObject({ network: 'vgg19', fallback: false });
    expect(await choose({ ...smooth, network: 'vgg19' })).toMatchObject({ network: 'vgg19' });
    expect(asked).toEqual([]);
  });

  it('is the compact one where they cannot be had, and says why', async () => {
    const { choose } = open(missing);
    const choice = await choose({});
    expect(choice).toMatchObject({ network: 'compact', fallback: true });
    expect(choice.why).toContain('compact');
    expect(choice.why).toContain('The source cannot be reached');
  });

  it('is the compact one where they do not come in time', async () => {
    const { choose } = open(slow, { patienceMs: 20 });
    const choice = await choose({});
    expect(choice).toMatchObject({ network: 'compact', fallback: true });
    expect(choice.why).toContain('0.02 s');
  });

  it('does not keep every painting waiting for what could not be had', async () => {
    const { choose, asked } = open(missing);
    await choose({});
    expect(await choose({})).toMatchObject({ network: 'compact' });
    expect(asked).toHaveLength(1);
  });

  it('tries again after a while', async () => {
    const { choose, asked } = open(missing, { retryMs: 0 });
    await choose({});
    await choose({});
    expect(asked).toHaveLength(2);
  });

  it('is VGG-19 or nothing for layers that the compact one does not have', async () => {
    expect(await open(here).choose({ layers: 'gatys' })).toMatchObject({ network: 'vgg19' });
    await expect(open(missing).choose({ layers: 'gatys' })).rejects.toBe(offline);
  });

  it('is not taken to be missing when the painting is stopped', async () => {
    const { choose } = open(slow);
    const controller = new AbortController();
    const choice = choose({}, controller.signal);
    controller.abort();
    await expect(choice).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('a network that is named', () => {
  it('is taken without asking for others', async () => {
    const { choose, asked } = open(missing);
    expect(await choose({ network: 'compact' })).toEqual({
      network: 'compact',
      fallback: false,
      warnings: [],
    });
    expect(asked).toEqual([]);
  });

  it('is not replaced by another', async () => {
    await expect(open(missing).choose({ network: 'vgg19' })).rejects.toBe(offline);
  });

  it('must have the layers', async () => {
    const choice = open(here).choose({ network: 'compact', layers: 'gatys' });
    await expect(choice).rejects.toMatchObject({ code: 'unknown-layer' });
  });

  it('keeps its engine from painting to painting', async () => {
    const { networks } = open(here);
    const settings = parseSettings({ network: 'compact' }, 1);
    expect((await networks.choose(settings)).engine).toBe((await networks.choose(settings)).engine);
  });
});

describe('an engine that fails', () => {
  /** One that no machine of this kind has. */
  const [lacking, label] =
    process.platform === 'darwin'
      ? (['onnx-cuda', 'The NVIDIA GPU (CUDA)'] as const)
      : (['onnx-coreml', 'The Apple GPU (CoreML)'] as const);
  const measure = async (networks: Networks) => {
    const { engine, warnings } = await networks.choose(parseSettings({ network: 'compact' }, 1));
    const picture = { width: 16, height: 16, rgb: new Float32Array(768).fill(0.5) };
    await engine.features(picture, { pooling: 'average', grams: ['relu1_1'] });
    return { name: engine.name, warnings };
  };

  it('is followed by the next, and every painting that it fails in says so', async () => {
    const fallbacks: string[] = [];
    const { networks } = open(here, {
      engines: [lacking, 'onnx-cpu'],
      onFallback: ({ from, to }) => void fallbacks.push(`${from} ${to}`),
    });
    const expected = {
      name: 'onnx/cpu',
      warnings: [`${label} failed while it painted; this was finished on the CPU.`],
    };
    expect(await measure(networks)).toEqual(expected);
    expect(await measure(networks)).toEqual(expected);
    expect(fallbacks).toHaveLength(2);
  });

  const opens = obstacle('tfjs') === undefined;
  it.skipIf(opens)(
    opens ? 'TensorFlow is installed' : 'is left aside for the next where it cannot even be opened',
    async () => {
      const fallbacks: string[] = [];
      const { networks } = open(here, {
        engines: ['tfjs', 'onnx-cpu'],
        onFallback: ({ from, to, error }) => void fallbacks.push(`${from} ${to} ${error.code}`),
      });
      const expected = {
        name: 'onnx/cpu',
        warnings: ['TensorFlow could not be opened; this was painted on the CPU.'],
      };
      expect(await measure(networks)).toEqual(expected);
      expect(await measure(networks)).toEqual(expected);
      expect(fallbacks).toEqual(Array(2).fill('tfjs onnx/cpu engine-missing'));
      await expect(measure(open(here, { engines: ['tfjs'] }).networks)).rejects.toMatchObject({
        code: 'engine-missing',
      });
    },
  );

  it('is the end where there is no other', async () => {
    await expect(measure(open(here, { engines: [lacking] }).networks)).rejects.toMatchObject({
      code: 'engine-failed',
    });
  });
});
