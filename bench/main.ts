// Prints the benchmark tables; arguments choose among them by name. Speeds are given against this machine's own
// matrix products, measured in the same run.
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { matmulRate } from './matmul.ts';
import { evaluationsToSameLoss } from './optimizers.ts';
import { scaling } from './scaling/tables.ts';
import { head, measured, percent, print, seconds } from './tables.ts';
import { type Point, warmStarts } from './warm.ts';

/** `--engine NAME`, as often as wanted, and `--side PIXELS` are for the sections engines and transfer. */
const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { engine: { type: 'string', multiple: true }, side: { type: 'string', default: '64' } },
});
const side = Number(flags.side);

async function evaluations(): Promise<void> {
  head(
    'evaluation of VGG-19 (forwards and backwards)',
    'time',
    'GFLOP/s',
    'of matrix products',
    'outside the runtime',
    'peak memory',
  );
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
}

async function networks(): Promise<void> {
  head('an evaluation, `light`', 'VGG-19', 'compact', 'times as fast');
  for (const [side, counted] of [
    [256, 20],
    [512, 8],
  ] as const) {
    const { vgg19Ms = 0, compactMs = 0 } = await measured('networks.ts', side, counted);
    const ratio = (vgg19Ms / compactMs).toFixed(2);
    print(`| ${side}×${side} | ${seconds(vgg19Ms)} | ${seconds(compactMs)} | ${ratio} |`);
  }
}

async function engines(): Promise<void> {
  head('an evaluation of VGG-19, `light`', 'time', 'on the CPU', 'times the CPU', 'gradient differs by');
  for (const kind of flags.engine ?? ['onnx-webgpu', 'tfjs-wasm']) {
    const { name, ms, cpuMs, difference } = await measured<EngineRun>('engines.ts', kind, side, 3);
    const ratio = (cpuMs / ms).toPrecision(2);
    print(
      `| ${name}, ${side}×${side} | ${seconds(ms)} | ${seconds(cpuMs)} | ${ratio} | ${difference.toExponential(0)} |`,
    );
  }
}

/** What bench/engines.ts prints. */
interface EngineRun {
  readonly name: string;
  readonly ms: number;
  readonly cpuMs: number;
  readonly difference: number;
}

async function transfer(): Promise<void> {
  head('beside an evaluation', 'a picture to the engine and back', 'L-BFGS with ten pairs, on the CPU');
  const kinds = flags.engine?.filter((kind) => kind.startsWith('onnx-')) ?? ['onnx-cpu', 'onnx-webgpu'];
  for (const kind of kinds) {
    for (const side of [512, 1024]) {
      const run = await measured('transfer.ts', kind.replace('onnx-', ''), side);
      print(
        `| ${kind}, ${side}×${side} | ${run.transferMs?.toFixed(1)} ms | ${run.lbfgsMs?.toFixed(0)} ms |`,
      );
    }
  }
}

async function optimizers(): Promise<void> {
  const { adam, lbfgs, loss } = await evaluationsToSameLoss();
  head('to the loss that Adam reaches in 150 evaluations', 'evaluations');
  print(`| Adam (loss ${loss.toPrecision(4)}) | ${adam} |`);
  print(`| L-BFGS | ${lbfgs} (${percent(lbfgs / adam)}) |`);
}

async function picture(): Promise<void> {
  head('a whole picture, default settings', 'first preview', 'picture', 'peak memory');
  const { width, height, firstPreviewMs, totalMs, peakMb } = await measured('picture.ts', 512);
  print(
    `| ${width}×${height} | ${seconds(firstPreviewMs)} | ${seconds(totalMs)} | ${peakMb?.toFixed(0)} MB |`,
  );
}

async function warm(): Promise<void> {
  const spent = ({ iteration, ms }: Point) => `${iteration}, ${seconds(ms)}`;
  for (const size of [256, 512]) {
    head(
      `a change at ${size} px`,
      'cold: evaluations, time',
      'warm, to the same loss',
      'of the time, of processor time',
      'warm, as it ends',
      'of the time, of processor time',
      'loss against cold',
    );
    for await (const { change, cold, reached, ended } of warmStarts(size)) {
      const ratios = ({ ms, cpuMs }: Point) => `${percent(ms / cold.ms)}, ${percent(cpuMs / cold.cpuMs)}`;
      const same = reached ? `${spent(reached)} | ${ratios(reached)}` : 'not reached | –';
      const end = `${spent(ended)} | ${ratios(ended)} | ${percent(ended.loss / cold.loss)}`;
      print(`| ${change} | ${spent(cold)} | ${same} | ${end} |`);
    }
  }
}

/** What bench/load.ts prints. */
interface Load {
  readonly submissions: number;
  readonly seconds: number;
  readonly answered: number;
  readonly evaluations: number;
  readonly ackMs: { readonly p50: number; readonly p99: number };
  readonly loopMs: { readonly p50: number; readonly p99: number };
  readonly heapMb: readonly number[];
}

const quantiles = ({ p50, p99 }: Load['ackMs']) => `${p50.toFixed(1)} ms, ${p99.toFixed(1)} ms`;

async function load(): Promise<void> {
  const run = await measured<Load>('load.ts', 1000);
  head(
    'submissions, while a picture is painted',
    'in',
    'answered',
    'acknowledged, p50 and p99',
    'delay of the event loop, p50 and p99',
    'heap over the run',
    'evaluations painted meanwhile',
  );
  print(
    `| ${run.submissions} | ${run.seconds.toFixed(0)} s | ${run.answered} | ${quantiles(run.ackMs)} | ${quantiles(run.loopMs)} | ${run.heapMb.join(', ')} MB | ${run.evaluations} |`,
  );
}

/** What bench/uploads.ts prints. */
interface Uploads extends Pick<Load, 'seconds' | 'ackMs' | 'loopMs'> {
  readonly pictures: number;
  readonly megabytes: number;
  readonly grownMb: number;
}

async function uploads(): Promise<void> {
  const run = await measured<Uploads>('uploads.ts');
  head(
    'pictures of 12 megapixels, 20 at once',
    'taken in',
    'others’ commands answered, p50 and p99',
    'delay of the event loop, p50 and p99',
    'the bot’s memory grew by',
  );
  print(
    `| ${run.pictures}, ${run.megabytes.toFixed(1)} MB each | ${run.seconds.toFixed(0)} s | ${quantiles(run.ackMs)} | ${quantiles(run.loopMs)} | ${run.grownMb.toFixed(0)} MB |`,
  );
}

/** What bench/discord.ts prints. */
interface Crowd {
  readonly members: number;
  readonly servers: number;
  readonly ackMs: Load['ackMs'];
  readonly seconds: number;
  /** The same, until the last reaction was put under a result. */
  readonly withLegends: number;
  readonly answeredOnce: number;
  /** Those that count towards Discord's limit of all requests together. */
  readonly requestsPerMember: number;
  readonly refused: number;
  readonly violations: number;
}

async function discord(): Promise<void> {
  const run = await measured<Crowd>('discord.ts');
  head(
    'members who ask at once in Discord',
    'acknowledged, p50 and p99',
    'answered exactly once',
    'all in, with legends',
    'requests for each',
    '429s',
    'rules broken',
  );
  print(
    `| ${run.members} in ${run.servers} servers | ${run.ackMs.p50} ms, ${run.ackMs.p99} ms | ${run.answeredOnce} | ${run.seconds.toFixed(0)} s, ${run.withLegends.toFixed(0)} s | ${run.requestsPerMember.toFixed(1)} | ${run.refused} | ${run.violations} |`,
  );
}

const sections: Record<string, () => Promise<void>> = {
  evaluations,
  networks,
  engines,
  transfer,
  optimizers,
  picture,
  warm,
  load,
  uploads,
  discord,
  scaling,
};
const onRequest = ['engines', 'transfer', 'scaling'];
const whole = Object.keys(sections).filter((name) => !onRequest.includes(name));
const chosen = names.length > 0 ? names : flags.engine ? ['engines'] : whole;
const unknown = chosen.find((name) => !(name in sections));
if (unknown !== undefined) {
  throw new Error(`No section ${unknown}: choose among ${Object.keys(sections).join(', ')}.`);
}
print(`${availableParallelism()} × ${cpus()[0]?.model}, Node ${process.version}`);
for (const name of chosen) await sections[name]?.();
