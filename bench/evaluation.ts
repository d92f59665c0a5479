// Measures evaluations of one layer preset at one size, in a process of its own for its memory's sake.
// Arguments: preset, side in pixels, counted evaluations. Prints one line of JSON.
import { weigh } from '../src/nst/objective.ts';
import { lbfgs } from '../src/nst/optimizers/lbfgs.ts';
import { parseSettings } from '../src/nst/settings.ts';
import { engine, median, operations, randomWeights, wave, waveObjective } from './support.ts';

const [preset, side, counted] = [
  process.argv[2] as 'light' | 'gatys',
  Number(process.argv[3]),
  Number(process.argv[4]),
];
const settings = parseSettings({ method: 'gatys', layers: preset }, 1);
const content = settings.contentLayers.map(({ layer }) => layer);
const style = settings.styleLayers.map(({ layer }) => layer);
const objective = await waveObjective(engine, settings, side);
const evaluator = await engine.compile(objective, side, side);

let inside: number[] = [];
const evaluate = async (x: Float32Array) => {
  const started = performance.now();
  const { values, gradient } = await evaluator.evaluate(x);
  inside.push(performance.now() - started);
  return { loss: weigh(objective, values).total, gradient };
};
const optimizer = lbfgs({ history: settings.history, firstStep: 0.03 });
const x = wave(0, side).rgb;
let state = optimizer.start(x, await evaluate(x));
// The history fills first, so that the optimiser's own time is what it is in a long run.
for (let i = 0; i < settings.history; i++) ({ state } = await optimizer.step(state, evaluate, 5));
inside = [];
const started = performance.now();
while (inside.length < counted) ({ state } = await optimizer.step(state, evaluate, 5));
const total = performance.now() - started;
const spent = inside.reduce((a, b) => a + b, 0);
const milliseconds = median(inside);
process.stdout.write(
  `${JSON.stringify({
    milliseconds,
    gflops: operations([...content, ...style], style, side) / milliseconds / 1e6,
    outside: (total - spent) / total,
    peakMb: process.resourceUsage().maxRSS / 1e3,
    randomWeights,
  })}\n`,
);
