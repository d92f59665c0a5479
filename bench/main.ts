// Prints the benchmark table. Speeds are given against this machine's own matrix products, measured in the same run.
import { execFile } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { matmulRate } from './matmul.ts';
import { evaluationsToSameLoss } from './optimizers.ts';

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

async function measured(file: string, ...args: (string | number)[]): Promise<Record<string, number>> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    here(file),
    ...args.map(String),
  ]);
  return JSON.parse(stdout);
}

const print = (line: string) => process.stdout.write(`${line}\n`);
const seconds = (milliseconds = 0) => `${(milliseconds / 1000).toFixed(2)} s`;
const percent = (share = 0) => `${(100 * share).toFixed(1)} %`;

print(`${availableParallelism()} × ${cpus()[0]?.model}, Node ${process.version}\n`);
print(
  '| evaluation of VGG-19 (forwards and backwards) | time | GFLOP/s | of matrix products | outside the runtime | peak memory |',
);
print('| --- | --- | --- | --- | --- | --- |');
for (const [preset, side, counted] of [
  ['light', 256, 10],
  ['light', 512, 6],
  ['gatys', 256, 8],
  ['gatys', 512, 4],
] as const) {
  const before = await matmulRate();
  const { milliseconds, gflops, outside, peakMb, randomWeights } = await measured(
    'evaluation.ts',
    preset,
    side,
    counted,
  );
  // A busy moment of a shared machine must not flatter the share.
  const reference = Math.max(before, await matmulRate());
  const name = `${preset}, ${side}×${side}${randomWeights ? ' (random weights)' : ''}`;
  const share = percent((gflops as number) / reference);
  print(
    `| ${name} | ${seconds(milliseconds)} | ${gflops?.toFixed(0)} | ${share} of ${reference.toFixed(0)} | ${percent(outside)} | ${peakMb?.toFixed(0)} MB |`,
  );
}

const { adam, lbfgs, loss } = await evaluationsToSameLoss();
print('\n| to the loss that Adam reaches in 150 evaluations | evaluations |');
print('| --- | --- |');
print(`| Adam (loss ${loss.toPrecision(4)}) | ${adam} |`);
print(`| L-BFGS | ${lbfgs} (${percent(lbfgs / adam)}) |`);

print('\n| a whole picture, default settings | first preview | picture | peak memory |');
print('| --- | --- | --- | --- |');
const picture = await measured('picture.ts', 512);
print(
  `| ${picture.width}×${picture.height} | ${seconds(picture.firstPreviewMs)} | ${seconds(picture.totalMs)} | ${picture.peakMb?.toFixed(0)} MB |`,
);
