// Paints held-out pairs at equal evaluations on VGG-19, on the compact network and on an untrained network of its
// shape, and measures each painting with VGG-19. Pairs are taken in their order as long as VGG-19 itself reaches the
// goals on them, until there are enough: a goal that the teacher misses on a pair says nothing about its student.
// Arguments: options below. Prints Markdown tables.
import { existsSync, mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { onnxEngine } from '../src/nst/engines/onnx.ts';
import { decodePicture } from '../src/nst/image/decode.ts';
import { encodePicture } from '../src/nst/image/encode.ts';
import type { Picture } from '../src/nst/image/picture.ts';
import { resizePicture } from '../src/nst/image/resize.ts';
import { COMPACT, type LoadWeights, layersOf, type Network } from '../src/nst/network.ts';
import { seededRandom } from '../src/nst/random.ts';
import { stylize } from '../src/nst/stylize.ts';
import { dot } from '../src/nst/vector.ts';
import { compactWeights } from '../src/nst/weights/compact.ts';
import { type Judgement, judge } from './judge.ts';
import { heldOutPairs, type Pair, paintingFile } from './pairs.ts';
import { randomWeights, engine as vgg19 } from './support.ts';

const { values: flags } = parseArgs({
  options: {
    /** Networks to paint with; VGG-19 always is. */
    networks: { type: 'string', default: 'compact,untrained' },
    /** Pairs on which VGG-19 reaches the goals. */
    pairs: { type: 'string', default: '10' },
    /** Titles of further pairs, with a semicolon between, to measure whether or not VGG-19 reaches the goals. */
    also: { type: 'string', default: '' },
    /** Networks whose paintings of an earlier run are measured as they are: it is for the caller to know that they fit. */
    reuse: { type: 'string', default: '' },
    /** Longer side in pixels. */
    size: { type: 'string', default: '256' },
    iterations: { type: 'string', default: '180' },
    /** Where to leave the paintings. */
    out: { type: 'string', default: 'out/compact' },
    /** Folders of further photographs and paintings (bench/pictures.sh, development pictures). */
    pictures: { type: 'string', multiple: true, default: ['out/pictures', '../shared/images'] },
    /** A folder with the compact network's files in place of the bundled one. */
    model: { type: 'string' },
  },
});
/** What the compact network is to reach on average. */
const GOALS = { style: 0.008, content: 0.45 };
/**
 * Where a painting's activations are stronger than the photograph's by more than this, content cannot be within its
 * goal: such pairs are left out unpainted.
 */
const STRONGER = 1.4;

const size = Number(flags.size);
const options = { size, iterations: Number(flags.iterations) };

/** He initialisation: what such a network is before training. */
const untrainedWeights: LoadWeights = async (name) => {
  const layers = layersOf(COMPACT);
  const layer = layers.find((each) => each.name === name);
  if (layer?.kind !== 'conv') throw new Error(`No convolution ${name}`);
  const random = seededRandom(1 + layers.indexOf(layer));
  const magnitude = Math.sqrt(6 / (9 * layer.inputs));
  const kernel = Float32Array.from(
    { length: 9 * layer.inputs * layer.outputs },
    () => magnitude * (2 * random() - 1),
  );
  return { kernel, bias: new Float32Array(layer.outputs) };
};
const open = (network: Network, loadWeights: LoadWeights) => onnxEngine({ network, loadWeights });
const model = flags.model === undefined ? undefined : new URL(`file://${path.resolve(flags.model)}/`);
const engines = {
  vgg19,
  compact: open(COMPACT, compactWeights(model)),
  untrained: open({ ...COMPACT, name: 'untrained' }, untrainedWeights),
};
type Painter = keyof typeof engines;
const list = (text: string, separator = ',') => text.split(separator).filter((each) => each !== '');
const students = list(flags.networks) as Painter[];
const reused = list(flags.reuse);

const read = async (file: string): Promise<Picture> => decodePicture(await readFile(file), { fit: size });

/** Paints a pair on a network and measures the PNG file that this leaves. */
async function measure({ title, content, style }: Pair, name: Painter): Promise<Judgement> {
  const [photograph, painting] = [await read(content), await read(style)];
  const file = paintingFile(flags.out, title, name);
  if (!reused.includes(name) || !existsSync(file)) {
    const inputs = { content: photograph, styles: [painting] };
    const { picture, iterations, warnings } = await stylize(inputs, options, { engine: engines[name] });
    if (iterations !== options.iterations || warnings.length > 0)
      process.stderr.write(`${title}, ${name}: ${iterations} evaluations. ${warnings.join(' ')}\n`);
    await writeFile(file, await encodePicture(picture, { format: 'png' }));
  }
  const judgement = await judge(vgg19, await read(file), photograph, painting);
  if (randomWeights) throw new Error('VGG-19’s weights are needed to judge by: run `impasto models fetch`.');
  return judgement;
}

/** The mean square of a picture's activations where content is measured. */
async function energy(file: string): Promise<number> {
  const picture = await read(file);
  const whole = (side: number) => Math.max(4, Math.round(side / 4) * 4);
  const { activations } = await vgg19.features(
    resizePicture(picture, whole(picture.width), whole(picture.height)),
    { pooling: 'average', activations: ['relu3_3'] },
  );
  const values = activations.get('relu3_3') as Float32Array;
  return dot(values, values) / values.length;
}
const energies = new Map<string, number>();
async function stronger({ content, style }: Pair): Promise<boolean> {
  for (const file of [content, style]) if (!energies.has(file)) energies.set(file, await energy(file));
  return (energies.get(style) as number) > STRONGER * (energies.get(content) as number);
}

const row = (title: string, cells: readonly Judgement[]) =>
  process.stdout.write(
    `| ${title} | ${cells.map(({ style, content }) => `${style.toFixed(4)}, ${content.toFixed(2)}`).join(' | ')} |\n`,
  );
const heading = (title: string, names: readonly string[]) =>
  process.stdout.write(`| ${title} | ${names.join(' | ')} |\n| --- |${' --- |'.repeat(names.length)}\n`);
const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
const worst = (numbers: readonly number[]) => Math.max(...numbers);

mkdirSync(flags.out, { recursive: true });
const pairs = heldOutPairs(flags.pictures);
const judgements: Judgement[][] = [];
const beyond: { pair: Pair; judgement: Judgement }[] = [];
let unpainted = 0;
heading('pair: style, content', ['vgg19', ...students]);
for (const pair of pairs) {
  if (judgements.length === Number(flags.pairs)) break;
  if (await stronger(pair)) {
    unpainted++;
    continue;
  }
  const judgement = await measure(pair, 'vgg19');
  if (judgement.style > GOALS.style || judgement.content > GOALS.content) {
    beyond.push({ pair, judgement });
    continue;
  }
  const cells = [judgement];
  for (const name of students) cells.push(await measure(pair, name));
  judgements.push(cells);
  row(pair.title, cells);
}
for (const [title, of] of [
  ['mean', mean],
  ['worst', worst],
] as const)
  row(
    title,
    ['vgg19', ...students].map((_, index) => ({
      style: of(judgements.map((cells) => (cells[index] as Judgement).style)),
      content: of(judgements.map((cells) => (cells[index] as Judgement).content)),
    })),
  );
process.stdout.write(`\n${unpainted} pairs on the way left out unpainted: the painting is too strong.\n\n`);
const also = list(flags.also, ';').flatMap((title) => pairs.filter((pair) => pair.title === title));
for (const pair of also) beyond.push({ pair, judgement: await measure(pair, 'vgg19') });
const trained = students.filter((name) => name !== 'untrained');
heading('left out, or asked for', ['vgg19', ...trained]);
for (const { pair, judgement } of beyond) {
  const cells = [judgement];
  for (const name of trained) cells.push(await measure(pair, name));
  row(pair.title, cells);
}
