import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { LONGER_SIDE, MAX_BYTES } from '../../gallery/draw/render.ts';
import { styles } from '../../gallery/draw/styles/index.ts';

const folder = new URL('../../gallery/', import.meta.url);
const entries: { name: string; title: string; description: string; seed: number }[] = JSON.parse(
  await readFile(new URL('gallery.json', folder), 'utf8'),
);
const read = (name: string) => readFile(new URL(`${name}.webp`, folder));

interface Looks {
  /** Standard deviation of luma, 0…255. */
  contrast: number;
  /** Hasler and Süsstrunk's colourfulness: about 33 is moderate, 59 is high, 109 is extreme. */
  colourfulness: number;
  /** Share of the tiles of 32×32 pixels whose luma varies by a standard deviation under 4. */
  empty: number;
}

function deviation(values: readonly number[]): { mean: number; spread: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    mean,
    spread: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length),
  };
}

async function looksOf(picture: Buffer): Promise<Looks> {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const luma: number[] = [];
  const redGreen: number[] = [];
  const yellowBlue: number[] = [];
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [data[i] as number, data[i + 1] as number, data[i + 2] as number];
    luma.push(0.299 * r + 0.587 * g + 0.114 * b);
    redGreen.push(r - g);
    yellowBlue.push((r + g) / 2 - b);
  }
  const rg = deviation(redGreen);
  const yb = deviation(yellowBlue);
  let tiles = 0;
  let flat = 0;
  for (let top = 0; top + 32 <= info.height; top += 32) {
    for (let left = 0; left + 32 <= info.width; left += 32) {
      const tile = Array.from(
        { length: 1024 },
        (_, k) => luma[(top + (k >> 5)) * info.width + left + (k & 31)] as number,
      );
      tiles++;
      if (deviation(tile).spread < 4) flat++;
    }
  }
  return {
    contrast: deviation(luma).spread,
    colourfulness: Math.hypot(rg.spread, yb.spread) + 0.3 * Math.hypot(rg.mean, yb.mean),
    empty: flat / tiles,
  };
}

test('the gallery lists every style that can be drawn, at least ten, under distinct names', () => {
  expect(entries).toEqual(
    styles.map(({ name, title, description, seed }) => ({ name, title, description, seed })),
  );
  expect(entries.length).toBeGreaterThanOrEqual(10);
  expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length);
});

describe.each(entries)('$name', ({ name, title, description }) => {
  test('has a title and a description of one line', () => {
    expect(title).toMatch(/^\S.{2,40}$/);
    expect(description).toMatch(/^\S.{20,140}$/);
  });

  test('is a picture of 768 px on the longer side in at most 200 KiB', async () => {
    const picture = await read(name);
    const { format, width, height } = await sharp(picture).metadata();
    expect(format).toBe('webp');
    expect(Math.max(width, height)).toBe(LONGER_SIDE);
    expect(picture.length).toBeLessThanOrEqual(MAX_BYTES);
  });

  test('is colourful, rich in contrast, and painted all over', async () => {
    const looks = await looksOf(await read(name));
    expect(looks.contrast).toBeGreaterThan(40);
    expect(looks.colourfulness).toBeGreaterThan(55);
    expect(looks.empty).toBeLessThan(0.02);
  });
});
