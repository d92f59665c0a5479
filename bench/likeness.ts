// Paints held-out pairs at equal evaluations on VGG-19, on the compact network and on an untrained network of its
// shape, and measures each painting with VGG-19. Arguments: options below. Prints a Markdown table.
import { mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { onnxEngine } from '../src/nst/engines/onnx.ts';
import { decodePicture } from '../src/nst/image/decode.ts';
import { encodePicture } from '../src/nst/image/encode.ts';
import type { Picture } from '../src/nst/image/picture.ts';
import { COMPACT, type LoadWeights, layersOf, type Network } from '../src/nst/network.ts';
import { seededRandom } from '../src/nst/random.ts';
import { stylize } from '../src/nst/stylize.ts';
import { compactWeights } from '../src/nst/weights/compact.ts';
import { type Judgement, judge } from './judge.ts';
import { heldOutPairs } from './pairs.ts';
import { randomWeights, engine as vgg19 } from './support.ts';

const { values: flags } = parseArgs({
  options: {
    /** Networks to paint with. */
    networks: { type: 'string', default: 'vgg19,compact,untrained' },
    /** Pairs at most. */
    pairs: { type: 'string', default: '100' },
    /** Longer side in pixels. */
    size: { type: 'string', default: '256' },
    iterations: { type: 'string', default: '180' },
    /** Where to leave the paintings. */
    out: { type: 'string', default: 'out/compact' },
    /** Further photographs and paintings: a folder of tubingen.jpg and so on. */
    pictures: { type: 'string', default: '../shared/images' },
    /** A folder with the compact network's files in place of the bundled one. */
    model: { type: 'string' },
  },
});
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
const networks = flags.networks.split(',') as (keyof typeof engines)[];

const read = async (file: string): Promise<Picture> => decodePicture(await readFile(file), { fit: size });
const judgements: Judgement[][] = [];
mkdirSync(flags.out, { recursive: true });
process.stdout.write(`| pair | ${networks.map((name) => `${name}: style, content`).join(' | ')} |\n`);
process.stdout.write(`| --- |${' --- |'.repeat(networks.length)}\n`);
const row = (title: string, cells: readonly Judgement[]) =>
  process.stdout.write(
    `| ${title} | ${cells.map(({ style, content }) => `${style.toFixed(4)}, ${content.toFixed(2)}`).join(' | ')} |\n`,
  );
for (const { title, content, style } of heldOutPairs(flags.pictures).slice(0, Number(flags.pairs))) {
  const [photograph, painting] = [await read(content), await read(style)];
  const cells: Judgement[] = [];
  for (const name of networks) {
    const { picture, iterations, warnings } = await stylize(
      { content: photograph, styles: [painting] },
      options,
      { engine: engines[name] },
    );
    if (iterations !== options.iterations || warnings.length > 0)
      process.stderr.write(`${title}, ${name}: ${iterations} evaluations. ${warnings.join(' ')}\n`);
    cells.push(await judge(vgg19, picture, photograph, painting));
    if (randomWeights)
      throw new Error('VGG-19’s weights are needed to judge by: run `impasto models fetch`.');
    const file = path.join(flags.out, `${title.replaceAll(' ', '-')}-${name}.png`);
    await writeFile(file, await encodePicture(picture, { format: 'png' }));
  }
  judgements.push(cells);
  row(title, cells);
}
const column = (index: number) => judgements.map((cells) => cells[index] as Judgement);
const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
row(
  'mean',
  networks.map((_, index) => ({
    style: mean(column(index).map(({ style }) => style)),
    content: mean(column(index).map(({ content }) => content)),
  })),
);
row(
  'worst',
  networks.map((_, index) => ({
    style: Math.max(...column(index).map(({ style }) => style)),
    content: Math.max(...column(index).map(({ content }) => content)),
  })),
);
