// Measures evaluations on an engine and on the CPU by turns, so that a busy moment of a shared machine hits both alike.
// Arguments: engine (as in settings, or tfjs-wasm), side in pixels, counted evaluations. Prints one line of JSON.
import type { Engine } from '../src/nst/engines/engine.ts';
import { type EngineKind, openEngine } from '../src/nst/engines/kinds.ts';
import { tfjsEngine } from '../src/nst/engines/tfjs.ts';
import { VGG19 } from '../src/nst/network.ts';
import { relativeError } from '../src/nst/vector.ts';
import { engine as cpu, lightObjective, loadWeights, median, wave } from './support.ts';

const [kind, side, counted] = [
  process.argv[2] as EngineKind | 'tfjs-wasm',
  Number(process.argv[3]),
  Number(process.argv[4]),
];
const options = { network: VGG19, loadWeights };
const engine: Engine =
  kind === 'tfjs-wasm' ? await tfjsEngine({ ...options, backend: 'wasm' }) : await openEngine(kind, options);
const objective = await lightObjective(cpu, side);
const runs = [];
for (const each of [cpu, engine]) {
  runs.push({ evaluator: await each.compile(objective, side, side), times: [] as number[] });
}
const { rgb } = wave(1, side);
const gradients: Float32Array[] = [];
for (let i = 0; i <= counted; i++) {
  for (const { evaluator, times } of runs) {
    const started = performance.now();
    const { gradient } = await evaluator.evaluate(rgb);
    // The first evaluation allocates and compiles.
    if (i > 0) times.push(performance.now() - started);
    else gradients.push(gradient);
  }
}
const [cpuMs, ms] = runs.map(({ times }) => median(times)) as [number, number];
const difference = relativeError(gradients[1] as Float32Array, gradients[0] as Float32Array);
process.stdout.write(`${JSON.stringify({ name: engine.name, cpuMs, ms, difference })}\n`);
// A driver may crash when it is let go.
process.exit();
