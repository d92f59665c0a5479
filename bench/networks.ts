// Measures evaluations of both networks by turns, so that a busy moment of a shared machine hits both alike.
// Arguments: side in pixels, counted evaluations of each. Prints one line of JSON.
import type { Evaluator } from '../src/nst/engines/engine.ts';
import { onnxEngine } from '../src/nst/engines/onnx.ts';
import { COMPACT } from '../src/nst/network.ts';
import { compactWeights } from '../src/nst/weights/compact.ts';
import { config, lightObjective, median, engine as vgg19, wave } from './support.ts';

const [side, counted] = process.argv.slice(2).map(Number) as [number, number];
const { threads } = config;
const compact = onnxEngine({
  network: COMPACT,
  loadWeights: compactWeights(),
  ...(threads !== undefined && { threads }),
});
const runs: { evaluator: Evaluator; times: number[] }[] = [];
for (const engine of [vgg19, compact]) {
  const objective = await lightObjective(engine, side);
  runs.push({ evaluator: await engine.compile(objective, side, side), times: [] });
}
const { rgb } = wave(1, side);
for (let i = 0; i <= counted; i++) {
  for (const { evaluator, times } of runs) {
    const started = performance.now();
    await evaluator.evaluate(rgb);
    // The first evaluation allocates.
    if (i > 0) times.push(performance.now() - started);
  }
}
const [vgg19Ms, compactMs] = runs.map(({ times }) => median(times)) as [number, number];
process.stdout.write(`${JSON.stringify({ vgg19Ms, compactMs })}\n`);
