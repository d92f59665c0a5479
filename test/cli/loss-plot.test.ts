import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type LossRecord, lossPlot } from '../../src/cli/loss-plot.ts';
import { LOSSES } from '../../src/nst/losses/losses.ts';

function level(number: number, first: number, count: number, style = 500): LossRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    evaluation: first + index,
    level: number,
    width: 96 * number,
    height: 72 * number,
    loss: { total: style + 30, parts: { content: 30, gram: style, tv: 0 } },
  }));
}

const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
const lines = (svg: string) =>
  [...svg.matchAll(/<polyline[^>]*points="([^"]*)"/g)].map(([, points]) =>
    (points as string).split(' ').map((point) => point.split(',').map(Number) as [number, number]),
  );

describe('lossPlot', () => {
  it('draws a picture of the size it promises', async () => {
    const { info } = await sharp(Buffer.from(lossPlot(level(1, 1, 50))))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 900, height: 420 });
  });

  it('names the axes, the levels by their size and the parts that contribute', () => {
    const shown = texts(lossPlot([...level(1, 1, 40), ...level(2, 41, 40)]));
    expect(shown).toEqual(expect.arrayContaining(['evaluations', 'loss', '96×72', '192×144']));
    expect(shown).toEqual(expect.arrayContaining(['total', 'content', 'style']));
    expect(shown).not.toContain('total variation');
    expect(shown).not.toContain('neighbours');
  });

  it('has a line for each loss of the family, in a colour of its own', () => {
    const parts = Object.fromEntries(LOSSES.map(({ name }) => [name, 10]));
    const records = level(1, 1, 5).map((record) => ({ ...record, loss: { total: 50, parts } }));
    const svg = lossPlot(records);
    expect(texts(svg)).toEqual(expect.arrayContaining(['total', ...LOSSES.map(({ label }) => label)]));
    const colours = [...svg.matchAll(/<polyline[^>]*stroke="([^"]*)"/g)].map(([, colour]) => colour);
    expect(new Set(colours).size).toBe(LOSSES.length + 1);
  });

  it('puts a line between two decades where its logarithm lies', () => {
    const [, content] = lines(lossPlot([...level(1, 1, 10, 970)])) as [unknown, [number, number][]];
    const [, , style] = lines(lossPlot([...level(1, 1, 10, Math.sqrt(10) * 100)])) as [
      unknown,
      unknown,
      [number, number][],
    ];
    // From 10 at the bottom (368) to 1000 at the top (36): 30 lies 0.239 of the way up, 316.2 three quarters.
    for (const [, y] of content) expect(y).toBeCloseTo(368 - (332 * Math.log10(3)) / 2, 0);
    for (const [, y] of style) expect(y).toBeCloseTo(368 - 332 * 0.75, 0);
  });

  it('runs from the first evaluation to the last', () => {
    const [total] = lines(lossPlot(level(1, 1, 30))) as [[number, number][]];
    expect(total).toHaveLength(30);
    expect([total[0]?.[0], total.at(-1)?.[0]]).toEqual([70, 770]);
  });

  it('shows at most eight decades, so that a part that vanishes does not flatten the others', () => {
    const [top, bottom] = [36, 368];
    for (const points of lines(lossPlot([...level(1, 1, 5), ...level(1, 6, 5, 1e-30)])))
      for (const [, y] of points) expect(y >= top && y <= bottom).toBe(true);
    const decades = texts(lossPlot([...level(1, 1, 5), ...level(1, 6, 5, 1e-30)])).filter((text) =>
      /^1(e[+-]\d+|0*)$|^0\.0*1$/.test(text as string),
    );
    expect(decades.length).toBeLessThanOrEqual(10);
  });

  it('has no room on its axis for a part that is next to nothing of the whole', () => {
    const records = level(1, 1, 5).map(({ loss, ...record }) => ({
      ...record,
      loss: { ...loss, parts: { ...loss.parts, gamut: 1e-5 } },
    }));
    const [total, , , gamut] = lines(lossPlot(records));
    expect([total]).toEqual([lines(lossPlot(level(1, 1, 5)))[0]]);
    for (const [, y] of gamut as [number, number][]) expect(y).toBe(368);
  });

  it('leaves out the name of a level too narrow to bear it', () => {
    const shown = texts(lossPlot([...level(1, 1, 2), ...level(2, 3, 2), ...level(3, 5, 300)]));
    expect(shown).toContain('288×216');
    expect(shown).not.toContain('96×72');
  });

  it.each([0, 1])('draws axes for %i evaluations', (count) => {
    const svg = lossPlot(level(1, 1, count));
    expect(texts(svg)).toContain('evaluations');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
});
