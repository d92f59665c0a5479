// Measures what an engine costs beside its evaluations: a picture there and back, and L-BFGS on the CPU.
// Arguments: ONNX Runtime's execution provider, side in pixels. Prints one line of JSON.
import * as ort from 'onnxruntime-node';
import { encodeModel } from '../src/nst/graph/onnx.ts';
import { add, constant, input } from '../src/nst/graph/operations.ts';
import { lbfgs } from '../src/nst/optimizers/lbfgs.ts';
import { seededRandom } from '../src/nst/random.ts';
import { median } from './support.ts';

const [provider, side] = [process.argv[2] as string, Number(process.argv[3])];
const shape = [1, 3, side, side];
const length = 3 * side * side;
const HISTORY = 10;

const x = input('x', shape);
const model = encodeModel({ y: add(x, constant(new Float32Array(length), shape)) });
const session = await ort.InferenceSession.create(model, { executionProviders: [provider] });
const times: number[] = [];
for (let i = 0; i < 21; i++) {
  const started = performance.now();
  await session.run({ x: new ort.Tensor('float32', new Float32Array(length), shape) });
  times.push(performance.now() - started);
}

/** A convex function of as many variables, far from its minimum. */
let insideMs = 0;
const evaluate = async (at: Float32Array) => {
  const started = performance.now();
  let loss = 0;
  const gradient = at.map((value, i) => {
    const weight = 1 + (i % 97);
    loss += weight * Math.cosh(value);
    return weight * Math.sinh(value);
  });
  insideMs += performance.now() - started;
  return { loss, gradient };
};
const optimizer = lbfgs({ history: HISTORY, firstStep: 0.03 });
const random = seededRandom(1);
const from = Float32Array.from({ length }, () => 8 * random() - 4);
let state = optimizer.start(from, await evaluate(from));
for (let i = 0; i < HISTORY; i++) ({ state } = await optimizer.step(state, evaluate, 5));
insideMs = 0;
let evaluations = 0;
const started = performance.now();
while (evaluations < 10) {
  const step = await optimizer.step(state, evaluate, 5);
  evaluations += step.evaluations;
  state = step.state;
}
const lbfgsMs = (performance.now() - started - insideMs) / evaluations;
process.stdout.write(`${JSON.stringify({ transferMs: median(times), lbfgsMs })}\n`);
process.exit();
