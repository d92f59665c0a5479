import { afterAll, describe, expect, it } from 'vitest';
import { onnxEngine } from '../../src/nst/engines/onnx.ts';
import { estimateWork } from '../../src/nst/estimate.ts';
import { decodePicture } from '../../src/nst/image/decode.ts';
import { encodePicture } from '../../src/nst/image/encode.ts';
import type { Sources } from '../../src/nst/level.ts';
import { parseSettings, type StylizeOptions } from '../../src/nst/settings.ts';
import { stylize } from '../../src/nst/stylize.ts';
import { warmStart } from '../../src/nst/warm.ts';
import { scene } from '../support/scene.ts';
import { loadTinyWeights, TINY } from '../support/tiny-network.ts';

const engine = onnxEngine({ network: TINY, loadWeights: loadTinyWeights, threads: 1 });
afterAll(() => engine.dispose());

const square = { width: 100, height: 100 };
const work = (options: StylizeOptions) => estimateWork(square, parseSettings(options, 1));

describe('a warm start', () => {
  it('begins with the given picture at the full size and keeps what else was chosen', () => {
    const options: StylizeOptions = { size: 768, strength: 1, init: 'noise', styleBlend: [1, 2] };
    const warm = warmStart(options);
    expect(warm).toMatchObject({ ...options, init: 'picture', minSize: 768 });
    expect(Object.keys(warm).sort()).toEqual([...Object.keys(options), 'iterations', 'minSize'].sort());
  });

  it.each<StylizeOptions>([
    { method: 'gatys' },
    { method: 'gatys', size: 1024 },
    {},
    { size: 256 },
    { size: 1024, iterations: 480 },
    { iterations: 400 },
    { size: 300, minSize: 300, iterations: 50 },
  ])('does two fifths of the work of a cold painting with %o', (options) => {
    const share = work(warmStart(options)) / work(options);
    expect(share).toBeGreaterThan(0.35);
    expect(share).toBeLessThan(0.45);
  });

  it('makes enough evaluations to get somewhere, and never more than a cold painting', () => {
    expect(warmStart({ size: 4096 }).iterations).toBe(8);
    expect(warmStart({ size: 512, iterations: 20 }).iterations).toBe(8);
    expect(warmStart({ iterations: 3 }).iterations).toBe(3);
  });

  it('comes as far as a cold painting when the style grows stronger', async () => {
    const before: StylizeOptions = { method: 'gatys', size: 64, minSize: 32, iterations: 90 };
    const after = { ...before, strength: 0.5 };
    const sources: Sources = { content: scene(64, 48, 0), styles: [scene(64, 48, 2)] };
    const parent = await stylize(sources, before, { engine });
    const init = await decodePicture(await encodePicture(parent.picture, { format: 'png' }));
    const cold = await stylize(sources, after, { engine });
    const warm = await stylize({ ...sources, init }, warmStart(after), { engine });
    expect(warm.loss.total).toBeLessThan(1.05 * cold.loss.total);
  });

  it('refuses settings that no painting takes', () => {
    expect(() => warmStart({ size: 1 })).toThrow(expect.objectContaining({ code: 'bad-setting' }));
  });
});
