import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { contactSheet } from '../../../src/nst/image/contact-sheet.ts';
import type { Picture } from '../../../src/nst/image/picture.ts';

type Colour = readonly [number, number, number];
/** Saturated, so that neither the sheet nor the ink resembles them. */
const COLOURS: readonly Colour[] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 0, 255],
  [255, 255, 0],
];
const LABELS = [
  '1 · strength −1',
  '2 · strength −0.5',
  '3 · strength 0',
  '4 · strength +0.5',
  '5 · strength +1',
];

function plain([red, green, blue]: Colour, width: number, height: number): Picture {
  const area = width * height;
  const rgb = new Float32Array(3 * area);
  [red, green, blue].forEach((value, channel) => {
    rgb.fill(value / 255, channel * area, (channel + 1) * area);
  });
  return { width, height, rgb };
}

async function sheetOf(pictures: readonly Picture[], labels = LABELS) {
  const png = await contactSheet(
    pictures.map((picture, index) => ({ picture, label: labels[index] as string })),
  );
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const offset = (x: number, y: number) => (y * width + x) * channels;
  const at = (x: number, y: number) => [...data.subarray(offset(x, y)).subarray(0, 3)];
  /** The rectangle around all pixels that fulfil a condition. */
  const box = (
    fulfils: (red: number, green: number, blue: number) => boolean,
    area = { left: 0, top: 0, right: width, bottom: height },
  ) => {
    const found = { left: width, top: height, right: 0, bottom: 0, pixels: 0 };
    for (let y = area.top; y < area.bottom; y++)
      for (let x = area.left; x < area.right; x++) {
        const i = offset(x, y);
        if (!fulfils(data[i] as number, data[i + 1] as number, data[i + 2] as number)) continue;
        found.left = Math.min(found.left, x);
        found.right = Math.max(found.right, x + 1);
        found.top = Math.min(found.top, y);
        found.bottom = Math.max(found.bottom, y + 1);
        found.pixels += 1;
      }
    return found;
  };
  const picture = ([r, g, b]: Colour) => box((red, green, blue) => red === r && green === g && blue === b);
  const ink = (area?: Parameters<typeof box>[1]) =>
    box((red, green, blue) => Math.min(red, green, blue) > 150, area);
  return { png, format: (await sharp(png).metadata()).format, width, height, at, picture, ink };
}

const five = (width: number, height: number) => COLOURS.map((colour) => plain(colour, width, height));

describe('a contact sheet', () => {
  it('shows every picture whole, in reading order, in rows of equal cells with the last row centred', async () => {
    const sheet = await sheetOf(five(320, 240));
    expect(sheet.format).toBe('png');
    const boxes = COLOURS.map(sheet.picture);
    for (const { left, right, top, bottom, pixels } of boxes) {
      expect([right - left, bottom - top, pixels]).toEqual([320, 240, 320 * 240]);
    }
    const [a, b, c, d, e] = boxes as [Box, Box, Box, Box, Box];
    expect([b.top, c.top, e.top]).toEqual([a.top, a.top, d.top]);
    expect(d.top).toBeGreaterThan(a.bottom);
    expect(b.left).toBeGreaterThan(a.right);
    expect(c.left - b.left).toBe(b.left - a.left);
    expect(Math.abs(d.left + e.right - sheet.width)).toBeLessThanOrEqual(1);
  });

  it.each([
    [320, 240],
    [240, 320],
    [300, 300],
    [480, 120],
    [120, 480],
  ])('has a shape that fits a chat with five pictures of %i×%i', async (width, height) => {
    const sheet = await sheetOf(five(width, height));
    expect(sheet.width / sheet.height).toBeGreaterThan(0.8);
    expect(sheet.width / sheet.height).toBeLessThan(2.4);
  });

  it('fills its rows where it can', async () => {
    const sheet = await sheetOf(five(300, 300).slice(0, 4));
    const rows = new Set(COLOURS.slice(0, 4).map((colour) => sheet.picture(colour).top));
    expect(rows.size).toBe(2);
  });

  it('writes each label beneath its picture, no wider than it', async () => {
    for (const [width, height] of [
      [320, 240],
      [90, 360],
    ] as const) {
      const sheet = await sheetOf(five(width, height));
      const inked = COLOURS.map((colour) => {
        const { left, right, bottom } = sheet.picture(colour);
        const below = { left: left - 8, right: right + 8, top: bottom, bottom: bottom + 40 };
        const ink = sheet.ink(below);
        expect(ink.pixels).toBeGreaterThan(100);
        expect(ink.left).toBeGreaterThanOrEqual(left - 1);
        expect(ink.right).toBeLessThanOrEqual(right + 1);
        expect(Math.abs(ink.left + ink.right - left - right)).toBeLessThanOrEqual(6);
        return ink.pixels;
      });
      expect(sheet.ink().pixels).toBe(inked.reduce((sum, pixels) => sum + pixels));
    }
  });

  it('draws every character of a label in a shape of its own', async () => {
    const picture = plain([255, 0, 0], 256, 64);
    const drawn = new Set<string>();
    const characters = [...'abcdefghijklmnopqrstuvwxyz0123456789+−-·.,:/×%'];
    for (const character of ['', ...characters]) {
      drawn.add((await sheetOf([picture], [character])).png.toString('base64'));
    }
    expect(drawn.size).toBe(characters.length + 1);
  });

  it('draws capitals and accents as plain letters, and leaves a gap for what it does not know', async () => {
    const picture = plain([255, 0, 0], 256, 64);
    const png = async (label: string) => (await sheetOf([picture], [label])).png;
    expect(await png('Stärke É')).toEqual(await png('starke e'));
    expect(await png('a🎨b')).toEqual(await png('a b'));
    expect(await png('<&">')).toEqual(await png('    '));
  });

  it('scales pictures to a size at which the sheet can be read and sent', async () => {
    const small = (await sheetOf([plain([255, 0, 0], 64, 48)])).picture([255, 0, 0]);
    const large = (await sheetOf([plain([255, 0, 0], 1024, 768)])).picture([255, 0, 0]);
    expect([small.right - small.left, small.bottom - small.top]).toEqual([256, 192]);
    expect([large.right - large.left, large.bottom - large.top]).toEqual([512, 384]);
  });

  it('keeps the proportions of pictures that differ, each in the middle of its cell', async () => {
    const [red, green] = COLOURS as [Colour, Colour];
    const sheet = await sheetOf([plain(red, 300, 200), plain(green, 100, 150)]);
    const [wide, tall] = [sheet.picture(red), sheet.picture(green)];
    expect([wide.right - wide.left, wide.bottom - wide.top]).toEqual([300, 200]);
    expect([tall.right - tall.left, tall.bottom - tall.top]).toEqual([200, 300]);
    expect(wide.top + wide.bottom).toBe(tall.top + tall.bottom);
  });

  it('shows the sheet through transparent parts', async () => {
    const picture = plain([255, 0, 0], 256, 256);
    const alpha = Float32Array.from({ length: 256 * 256 }, (_, i) => (i % 256 < 128 ? 0 : 1));
    const sheet = await sheetOf([{ ...picture, alpha }]);
    const { left, right, top, bottom } = sheet.picture([255, 0, 0]);
    expect([right - left, bottom - top]).toEqual([128, 256]);
    expect(sheet.at(left - 64, top + 100)).toEqual(sheet.at(0, 0));
  });

  it('has at least one picture', async () => {
    await expect(contactSheet([])).rejects.toThrow('at least one');
  });
});

type Box = Awaited<ReturnType<Awaited<ReturnType<typeof sheetOf>>['picture']>>;
