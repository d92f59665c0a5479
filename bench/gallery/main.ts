// A judge with eyes, and measures beside: paints the gallery's pairs in several ways, or takes what was painted before,
// lays the results out on sheets without names for somebody to choose from (OUT/sheet-N.png; the key is OUT/key.json),
// and prints what they measure by VGG-19. With --votes FILE (JSON: the chosen letter by title) counts the choices.
import { mkdirSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { decodePicture } from '../../src/nst/image/decode.ts';
import { openNetworks } from '../../src/nst/networks.ts';
import type { StylizeOptions } from '../../src/nst/settings.ts';
import { type Judgement, judge } from '../judge.ts';
import { config, engine, randomWeights, weights } from '../support.ts';
import { head, print, row } from '../tables.ts';
import { drawKey, type Key, tally } from './blind.ts';
import { type Measures, measurer } from './measures.ts';
import { type GalleryPair, galleryPairs } from './pairs.ts';
import { writeSheet } from './sheet.ts';
import { paint, resultFile, type Variant } from './variants.ts';

const { values: flags } = parseArgs({
  options: {
    /** Folders of photographs and paintings (bench/pictures.sh, development pictures). */
    pictures: { type: 'string', multiple: true, default: ['out/pictures', '../shared/images'] },
    /** Titles of pairs, with commas between; all by default. */
    pairs: { type: 'string' },
    /** NAME=FOLDER: results that lie there as TITLE.png. They come before the variants. */
    painted: { type: 'string', multiple: true, default: [] },
    /** NAME=JSON: settings to paint with; results go to OUT/NAME. Ratios are against the first of all. */
    variant: { type: 'string', multiple: true, default: [] },
    /** What variants are painted with that do not say. */
    network: { type: 'string', default: 'compact' },
    size: { type: 'string', default: '512' },
    /** Whether results of an earlier run are kept: it is for the caller to know that they fit. */
    reuse: { type: 'boolean', default: false },
    out: { type: 'string', default: 'out/gallery' },
    /** Pairs on a sheet. */
    rows: { type: 'string', default: '2' },
    /** What the orders are drawn from; another one each time by default. */
    seed: { type: 'string' },
    votes: { type: 'string' },
  },
});

type Row = Measures & Judgement & { readonly seconds: number | undefined };
const COLUMNS = ['patch', 'cover', 'structure', 'style', 'content', 'seconds'] as const;

const pairs = galleryPairs(flags.pictures, flags.pairs?.split(','));
const keyFile = path.join(flags.out, 'key.json');

/** The two sides of NAME=VALUE. */
function split(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`${text} is not NAME=VALUE.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function variantsAsked(): Variant[] {
  const painted = flags.painted.map(split).map(([name, folder]) => ({ name, folder }));
  const asked = flags.variant.map(split).map(([name, json]) => ({
    name,
    folder: path.join(flags.out, name),
    options: {
      size: Number(flags.size),
      network: flags.network,
      ...JSON.parse(json),
    } as StylizeOptions,
  }));
  return [...painted, ...asked];
}

/** Paints what is to be painted. @returns the seconds that it took, by title, in the order of the variants. */
async function paintAll(variants: readonly Variant[]): Promise<Map<string, (number | undefined)[]>> {
  const networks = openNetworks({ weights, threads: config.threads });
  const taken = new Map<string, (number | undefined)[]>();
  for (const pair of pairs) {
    const seconds: (number | undefined)[] = [];
    for (const variant of variants) seconds.push(await paint(variant, pair, networks, flags.reuse));
    taken.set(pair.title, seconds);
  }
  await networks.dispose();
  return taken;
}

async function measureAll(
  variants: readonly Variant[],
  pair: GalleryPair,
): Promise<(Measures & Judgement)[]> {
  const read = async (file: string) => decodePicture(await readFile(file), { fit: Number(flags.size) });
  const [photograph, painting] = [await read(pair.content), await read(pair.style)];
  const measure = await measurer(engine, photograph, painting);
  if (randomWeights) throw new Error('VGG-19’s weights are needed to judge by: run `impasto models fetch`.');
  const rows = [];
  for (const variant of variants) {
    const result = await read(resultFile(variant, pair));
    rows.push({ ...(await measure(result)), ...(await judge(engine, result, photograph, painting)) });
  }
  return rows;
}

const printRow = (title: string, name: string, values: Partial<Row>) =>
  row(title, name, ...COLUMNS.map((column) => values[column]?.toFixed(column === 'seconds' ? 1 : 4) ?? ''));

/** The mean of each column over the rows that have it. */
function means(rows: readonly Row[]): Partial<Row> {
  return Object.fromEntries(
    COLUMNS.flatMap((column) => {
      const values = rows.flatMap((each) => each[column] ?? []);
      return values.length === 0 ? [] : [[column, values.reduce((a, b) => a + b, 0) / values.length]];
    }),
  );
}

function printMeans(variants: readonly Variant[], rows: readonly (readonly Row[])[]): void {
  const averages = variants.map((_, index) => means(rows.map((each) => each[index] as Row)));
  averages.forEach((values, index) => {
    printRow('mean', variants[index]?.name ?? '', values);
  });
  const first = averages[0] as Partial<Row>;
  averages.slice(1).forEach((values, index) => {
    const ratios = Object.fromEntries(
      COLUMNS.flatMap((column) => {
        const [own, other] = [values[column], first[column]];
        return own === undefined || other === undefined ? [] : [[column, own / other]];
      }),
    );
    printRow(`of ${variants[0]?.name}`, variants[index + 1]?.name ?? '', ratios);
  });
}

async function writeSheets(variants: readonly Variant[]): Promise<void> {
  const seed = flags.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(flags.seed);
  const titles = pairs.map(({ title }) => title);
  const key = drawKey(
    titles,
    variants.map(({ name }) => name),
    seed,
  );
  // No sheet of an earlier run may be mistaken for one of this key.
  for (const name of await readdir(flags.out))
    if (/^sheet-\d+\.png$/.test(name)) await rm(path.join(flags.out, name));
  await writeFile(keyFile, JSON.stringify(key, null, 2));
  const rows = pairs.map((pair) => ({
    title: pair.title,
    photograph: pair.content,
    painting: pair.style,
    results: (key.orders[pair.title] ?? []).map((name) =>
      resultFile(variants.find((each) => each.name === name) as Variant, pair),
    ),
  }));
  const each = Number(flags.rows);
  for (let from = 0; from < rows.length; from += each)
    await writeSheet(path.join(flags.out, `sheet-${from / each + 1}.png`), rows.slice(from, from + each));
}

async function countVotes(file: string): Promise<void> {
  const votes = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
  const key = JSON.parse(await readFile(keyFile, 'utf8')) as Key;
  const groups = ['all', ...new Set(galleryPairs(flags.pictures).map(({ kind }) => kind))];
  head('chosen', ...groups);
  for (const [name, counts] of tally(votes, key, galleryPairs(flags.pictures)))
    row(name, ...groups.map((group) => counts.get(group) ?? 0));
}

async function compare(): Promise<void> {
  const variants = variantsAsked();
  if (variants.length === 0)
    throw new Error('Name something to compare: --variant NAME=JSON, --painted NAME=FOLDER.');
  mkdirSync(flags.out, { recursive: true });
  const seconds = await paintAll(variants);
  await writeSheets(variants);
  head('pair', 'variant', ...COLUMNS);
  const rows: Row[][] = [];
  for (const pair of pairs) {
    const measures = await measureAll(variants, pair);
    const own = measures.map((each, index) => ({ ...each, seconds: seconds.get(pair.title)?.[index] }));
    own.forEach((values, index) => {
      printRow(pair.title, variants[index]?.name ?? '', values);
    });
    rows.push(own);
  }
  printMeans(variants, rows);
  print('');
}

await (flags.votes === undefined ? compare() : countVotes(flags.votes));
