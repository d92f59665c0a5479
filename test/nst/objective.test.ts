import { describe, expect, it } from 'vitest';
import { gramMatrix, mapped } from '../../src/nst/graph/objective.ts';
import { constant, input } from '../../src/nst/graph/operations.ts';
import { buildObjective, type Targets, weigh } from '../../src/nst/objective.ts';
import { parseSettings, type StylizeOptions } from '../../src/nst/settings.ts';
import { interpret } from '../support/interpreter.ts';

const targets: Targets = {
  activations: new Map([['relu3_3', Float32Array.of(3, 4)]]),
  grams: [
    new Map([['relu1_1', Float32Array.of(2, 0, 0, 2)]]),
    new Map([['relu1_1', Float32Array.of(0, 4, 4, 0)]]),
  ],
  blend: [0.75, 0.25],
};
const layers = { contentLayers: ['relu3_3'], styleLayers: ['relu1_1'] };
const build = (options: StylizeOptions) =>
  buildObjective(parseSettings({ ...layers, ...options }, 2), targets);

describe('buildObjective', () => {
  it('divides each term by its target’s energy', () => {
    const [content, style, tv] = build({ contentWeight: 5, styleWeight: 50, tvWeight: 7 }).terms;
    // Mean square of (3, 4) is 12.5; the blended Gram matrix is (1.5, 1, 1, 1.5) with a squared norm of 6.5.
    expect(content).toMatchObject({ kind: 'content', layer: 'relu3_3', weight: 5 / 12.5 });
    expect(style).toMatchObject({ kind: 'style', layer: 'relu1_1', target: Float32Array.of(1.5, 1, 1, 1.5) });
    expect(style?.weight).toBeCloseTo(50 / 6.5, 12);
    expect(tv).toEqual({ kind: 'tv', weight: 7 });
  });

  it('has the factors of the paper’s equations 1 and 4 when asked', () => {
    const options: StylizeOptions = { normalization: 'gatys', contentWeight: 5, styleWeight: 50 };
    const [content, style] = build(options).terms;
    // Half the sum of squares is the mean times n/2; 1/(4N²) with N = 2 channels.
    expect(content?.weight).toBe(5);
    expect(style?.weight).toBe(50 / 16);
  });

  it('moves both weights apart by strength: two steps are ten times one weight and a tenth of the other', () => {
    const [content, style] = build({ strength: 2 }).terms;
    const [plainContent, plainStyle] = build({}).terms;
    expect((plainContent?.weight as number) / (content?.weight as number)).toBeCloseTo(10, 10);
    expect((style?.weight as number) / (plainStyle?.weight as number)).toBeCloseTo(10, 10);
  });

  it('shares a kind’s weight among its layers by their own weights', () => {
    const two = {
      ...targets,
      activations: new Map([...targets.activations, ['relu2_2', Float32Array.of(1)]]),
    };
    const settings = parseSettings({ ...layers, contentLayers: ['relu3_3:3', 'relu2_2'] }, 2);
    const [first, second] = buildObjective(settings, two as Targets).terms;
    expect([first?.weight, second?.weight]).toEqual([0.75 / 12.5, 0.25]);
  });

  it('scales a mask so that the Gram matrix is a mean over the mask', () => {
    const masks = new Map([['relu1_1', Float32Array.of(1, 1, 0, 0)]]) as NonNullable<Targets['masks']>;
    const style = buildObjective(parseSettings(layers, 2), { ...targets, masks }).terms[1];
    const root = Math.fround(Math.SQRT2);
    expect(style).toMatchObject({ mask: Float32Array.of(root, root, 0, 0) });
  });

  it('leaves out what has no weight', () => {
    const { terms } = build({ contentWeight: 0, tvWeight: 0 });
    expect(terms.map(({ kind }) => kind)).toEqual(['style']);
  });

  it('refuses weights that are all 0', () => {
    expect(() => build({ contentWeight: 0, styleWeight: 0, tvWeight: 0 })).toThrow(
      expect.objectContaining({ code: 'bad-setting' }),
    );
  });

  it('survives a target without energy', () => {
    const blank = { ...targets, activations: new Map([['relu3_3', new Float32Array(2)]]) } as Targets;
    const [content] = buildObjective(parseSettings(layers, 2), blank).terms;
    expect(Number.isFinite(content?.weight)).toBe(true);
  });
});

describe('weigh', () => {
  it('adds up weighted values by kind', () => {
    const objective = build({ contentWeight: 12.5, styleWeight: 6.5, tvWeight: 10 });
    const loss = weigh(objective, [2, 3, 0.5]);
    expect(loss.content).toBeCloseTo(2, 10);
    expect(loss.style).toBeCloseTo(3, 10);
    expect(loss.tv).toBeCloseTo(5, 10);
    expect(loss.total).toBeCloseTo(10, 10);
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
