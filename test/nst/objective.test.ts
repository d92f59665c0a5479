import { describe, expect, it } from 'vitest';
import { gramMatrix, mapped } from '../../src/nst/graph/features.ts';
import { constant, input } from '../../src/nst/graph/operations.ts';
import type { Shape } from '../../src/nst/graph/tensor.ts';
import type { Aim, Features, Term } from '../../src/nst/losses/loss.ts';
import { METHODS, type Method } from '../../src/nst/losses/settings.ts';
import { defaultsOf } from '../../src/nst/method-settings.ts';
import type { LayerName } from '../../src/nst/network.ts';
import { buildObjective, measuredLayers, measuresOf, weigh } from '../../src/nst/objective.ts';
import { parseSettings, type StylizeOptions } from '../../src/nst/settings.ts';
import { interpret } from '../support/interpreter.ts';

/** What was measured, on pictures of two by two places whose layers have two channels. */
function features(layers: Partial<Record<LayerName, { activation?: number[]; gram?: number[] }>>): Features {
  const of = (kind: 'activation' | 'gram') =>
    new Map(
      Object.entries(layers).map(([layer, measured]) => [
        layer as LayerName,
        Float32Array.from(measured?.[kind] ?? []),
      ]),
    );
  const places = Object.keys(layers).map(
    (layer) =>
      [
        layer as LayerName,
        { dimensions: 2, count: 4, data: Float32Array.of(1, 2, 3, 4, 8, 7, 6, 5) },
      ] as const,
  );
  return { activations: of('activation'), grams: of('gram'), places: new Map(places) };
}

const photograph = features({ relu3_3: { activation: [3, 4] }, relu1_1: {} });
const aim: Aim = {
  photograph,
  paintings: [features({ relu1_1: { gram: [2, 0, 0, 2] } }), features({ relu1_1: { gram: [0, 4, 4, 0] } })],
  result: photograph,
  canvas: { width: 8, height: 8 },
  finest: false,
  stride: () => 1,
  nearest: async ({ count }) => ({
    indices: new Float32Array(count),
    similarities: new Float32Array(count),
  }),
};
const layers = { contentLayers: ['relu3_3'], styleLayers: ['relu1_1'] };
const build = async (options: StylizeOptions, more: Partial<Aim> = {}) => {
  const settings = parseSettings({ method: 'gatys', styleBlend: [3, 1], ...layers, ...options }, 2);
  return (await buildObjective(settings, { ...aim, ...more })).terms;
};
const weightOf = (terms: readonly Term[], loss: string) =>
  terms.filter((term) => term.loss === loss).reduce((sum, { weight }) => sum + weight, 0);

/** The value of a term where its layer has these activations. */
function evaluated(term: Term | undefined, f: readonly number[], shape: Shape): number | undefined {
  const picture = constant(new Float32Array(192), [1, 3, 8, 8]);
  const seen = () => ({ f: constant(Float32Array.from(f), shape) });
  const value = term?.value({ picture, seen, input: constant });
  return value && interpret([value], {})[0]?.[0];
}

describe('buildObjective', () => {
  it('divides each term by its target’s energy', async () => {
    const [content, style, tv] = await build({ contentWeight: 5, styleWeight: 50, tvWeight: 7 });
    // Mean square of (3, 4) is 12.5; the blended Gram matrix is (1.5, 1, 1, 1.5) with a squared norm of 6.5.
    expect(content).toMatchObject({ loss: 'content', layers: ['relu3_3'], weight: 5 / 12.5 });
    expect(evaluated(content, [4, 6], [1, 2, 1, 1])).toBeCloseTo((1 + 4) / 2, 12);
    expect(style).toMatchObject({ loss: 'gram', layers: ['relu1_1'] });
    expect(style?.weight).toBeCloseTo(50 / 6.5, 12);
    // The Gram matrix of (1, 2) is (1, 2, 2, 4).
    expect(evaluated(style, [1, 2], [1, 2, 1, 1])).toBeCloseTo(0.5 ** 2 + 1 + 1 + 2.5 ** 2, 12);
    expect(tv).toMatchObject({ loss: 'tv', layers: [], weight: 7 });
  });

  it('has the factors of the paper’s equations 1 and 4 when asked', async () => {
    const [content, style] = await build({ normalization: 'gatys', contentWeight: 5, styleWeight: 50 });
    // Half the sum of squares is the mean times n/2; 1/(4N²) with N = 2 channels.
    expect(content?.weight).toBe(5);
    expect(style?.weight).toBe(50 / 16);
  });

  it('moves both weights apart by strength: two steps are ten times one weight and a tenth of the other', async () => {
    const [content, style] = await build({ strength: 2 });
    const [plainContent, plainStyle] = await build({});
    expect((plainContent?.weight as number) / (content?.weight as number)).toBeCloseTo(10, 10);
    expect((style?.weight as number) / (plainStyle?.weight as number)).toBeCloseTo(10, 10);
  });

  it.each(METHODS)('weighs the paintings against the photograph by strength: %s', async (method) => {
    const ratios: number[] = [];
    for (const strength of [-3, -1, 0, 1, 3]) {
      const terms = await build({ method, strength, contentWeight: 1 });
      ratios.push((weightOf(terms, 'gram') + weightOf(terms, 'neighbour')) / weightOf(terms, 'content'));
    }
    expect(ratios).toEqual([...ratios].sort((a, b) => a - b));
    expect(ratios[4]).toBeGreaterThan(100 * (ratios[0] as number));
  });

  it.each([
    ['mix', 0.2],
    ['neighbour', 1],
  ] as const)('leaves the finest level to the statistics where there are any: %s', async (method, share) => {
    const [coarser, finest] = await Promise.all([build({ method }), build({ method }, { finest: true })]);
    expect(weightOf(finest, 'neighbour') / weightOf(coarser, 'neighbour')).toBeCloseTo(share);
    expect(weightOf(finest, 'gram')).toBe(weightOf(coarser, 'gram'));
  });

  it('shares a kind’s weight among its layers by their own weights', async () => {
    const two = features({ relu3_3: { activation: [3, 4] }, relu2_2: { activation: [1] } });
    const [first, second] = await build({ contentLayers: ['relu3_3:3', 'relu2_2'] }, { photograph: two });
    expect([first?.weight, second?.weight]).toEqual([0.75 / 12.5, 0.25]);
  });

  it('scales a mask so that the Gram matrix is a mean over the mask', async () => {
    const terms = await build({ styleBlend: [1, 0] }, { mask: () => Float32Array.of(1, 1, 0, 0) });
    // Where the mask is white, the channels are (1, 1) and (1, −1), whose Gram matrix is (1, 0, 0, 1).
    expect(evaluated(terms[1], [1, 1, 9, 9, 1, -1, 9, 9], [1, 2, 2, 2])).toBeCloseTo(1 + 1, 6);
  });

  it('leaves out what has no weight', async () => {
    const terms = await build({ contentWeight: 0, tvWeight: 0, gamutWeight: 0 });
    expect(terms.map(({ loss }) => loss)).toEqual(['gram']);
  });

  it.each(METHODS)('refuses weights that are all 0: %s', async (method) => {
    await expect(build({ method, ...weightless(method) })).rejects.toMatchObject({ code: 'bad-setting' });
  });

  it.each(METHODS)('survives targets without energy: %s', async (method) => {
    const blank = features({
      relu3_3: { activation: [0, 0] },
      relu1_1: { activation: [0, 0], gram: [0, 0, 0, 0] },
    });
    for (const { data } of blank.places.values()) data.fill(0);
    const terms = await build({ method }, { photograph: blank, paintings: [blank, blank], result: blank });
    expect(terms.every(({ weight }) => Number.isFinite(weight))).toBe(true);
    for (const term of terms.filter(({ layers }) => layers[0] === 'relu1_1')) {
      const shape = term.loss === 'gram' ? [1, 2, 1, 1] : [1, 2, 2, 2];
      expect(evaluated(term, new Array(shape.reduce((a, b) => a * b)).fill(0), shape)).toBe(0);
    }
  });
});

/** Every weight that means something under a method, at 0. */
function weightless(method: Method): StylizeOptions {
  const names = Object.keys(defaultsOf(method)).filter((name) => name.endsWith('Weight'));
  return Object.fromEntries(names.map((name) => [name, 0]));
}

describe('what is measured', () => {
  const NOTHING = { activations: [], grams: [], places: [] };
  const measured = (options: StylizeOptions) => measuresOf(parseSettings({ ...layers, ...options }, 1));

  it('is what the losses of the method aim at', () => {
    const activations = { ...NOTHING, activations: ['relu3_3'] };
    const places = { ...NOTHING, places: ['relu1_1'] };
    expect(measured({ method: 'gatys' })).toEqual({
      photograph: activations,
      paintings: { ...NOTHING, grams: ['relu1_1'] },
      result: NOTHING,
    });
    expect(measured({ method: 'neighbour', contentWeight: 1 })).toEqual({
      photograph: { ...activations, places: ['relu1_1'] },
      paintings: places,
      result: places,
    });
    expect(measured({ method: 'mix', contentWeight: 1 })).toEqual({
      photograph: { ...activations, places: ['relu1_1'] },
      paintings: { ...places, grams: ['relu1_1'] },
      result: places,
    });
  });

  it.each(METHODS)('is nothing where no loss has a weight: %s', (method) => {
    const options: StylizeOptions = { method, ...weightless(method), tvWeight: 1 };
    expect(measured(options)).toEqual({ photograph: NOTHING, paintings: NOTHING, result: NOTHING });
    expect(measuredLayers(parseSettings(options, 1))).toEqual([]);
  });

  it('is nothing for a loss that has no weight', () => {
    expect(measured({ method: 'mix', neighbourWeight: 0 })).toEqual(measured({ method: 'gatys' }));
    expect(measured({ method: 'mix', styleWeight: 0 })).toEqual(measured({ method: 'neighbour' }));
    expect(measured({ method: 'gatys', contentWeight: 0 }).photograph).toEqual(NOTHING);
  });
});

describe('weigh', () => {
  it('adds up weighted values by loss', async () => {
    const terms = await build({ contentWeight: 12.5, styleWeight: 6.5, tvWeight: 10, gamutWeight: 0 });
    const loss = weigh({ pooling: 'average', terms: [...terms, ...terms] }, [2, 3, 0.5, 1, 0, 0]);
    expect(loss.parts.content).toBeCloseTo(3, 10);
    expect(loss.parts.gram).toBeCloseTo(3, 10);
    expect(loss.parts.tv).toBeCloseTo(5, 10);
    expect(loss.total).toBeCloseTo(11, 10);
    expect(loss.parts).not.toHaveProperty('neighbour');
  });
});

describe('gramMatrix', () => {
  it('is the mean of the products of channels', () => {
    const f = input('f', [1, 2, 1, 2]);
    // Channels (1, 2) and (3, 4): 1+4, 3+8, 9+16, each over two positions.
    expect(Array.from(interpret([gramMatrix({ f })], { f: [1, 2, 3, 4] })[0] as Float64Array)).toEqual([
      2.5, 5.5, 5.5, 12.5,
    ]);
  });

  it('is that of mapped channels where losses look through a linear map', () => {
    const f = input('f', [1, 2, 1, 2]);
    const map = constant(Float32Array.of(1, 1, 0, 2), [2, 2]);
    // The channels become (4, 6) and (6, 8): 16+36, 24+48, 36+64, each over two positions.
    const [channels, grams] = interpret([mapped({ f, map }), gramMatrix({ f, map })], { f: [1, 2, 3, 4] });
    expect(Array.from(channels as Float64Array)).toEqual([4, 6, 6, 8]);
    expect(Array.from(grams as Float64Array)).toEqual([26, 36, 36, 50]);
  });
});
