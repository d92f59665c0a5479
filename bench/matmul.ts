import * as ort from 'onnxruntime-node';
import { encodeModel } from '../src/nst/graph/onnx.ts';
import { input, matmul } from '../src/nst/graph/operations.ts';
import { median } from './support.ts';

/** The machine's own rate of float32 matrix products (1024³) through ONNX Runtime, in GFLOP/s: median of 15. */
export async function matmulRate(): Promise<number> {
  const side = 1024;
  const [a, b] = [input('a', [side, side]), input('b', [side, side])];
  const session = await ort.InferenceSession.create(encodeModel({ product: matmul(a, b) }));
  const matrix = new ort.Tensor('float32', new Float32Array(side * side).fill(0.5), [side, side]);
  const times: number[] = [];
  for (let run = 0; run < 18; run++) {
    const started = performance.now();
    await session.run({ a: matrix, b: matrix });
    if (run >= 3) times.push(performance.now() - started);
  }
  await session.release();
  return (2 * side ** 3) / median(times) / 1e6;
}
