import { describe } from 'vitest';
import { cachedEngine } from '../../../src/nst/engines/cached.ts';
import { onnxEngine } from '../../../src/nst/engines/onnx.ts';
import { describeEngine, type OpenEngine } from './contract.ts';

const open: OpenEngine = (options) => onnxEngine({ ...options, threads: 1 });

describeEngine('onnx/cpu', open);

describe('with a memory', () => {
  describeEngine('onnx/cpu', async (options) => cachedEngine(await open(options), { maxBytes: 1e7 }));
});
