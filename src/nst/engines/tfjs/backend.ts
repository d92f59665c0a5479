import { createRequire } from 'node:module';
import util from 'node:util';
import { ImpastoError } from '../../errors.ts';
import type { TensorFlow } from '../../graph/tensorflow.ts';
import { installCommand, TENSORFLOW_PACKAGES } from './packages.ts';

/** What TensorFlow.js computes with: TensorFlow's own library, on a GPU where it can, or WebAssembly. */
export type TfjsBackend = 'tensorflow' | 'wasm';

/**
 * What brings a backend, the fastest first: packages of which the first exports TensorFlow.js and all register
 * something with it. Layers bring the gradients, which the core's build for Node.js lacks.
 */
const SOURCES = {
  tensorflow: TENSORFLOW_PACKAGES.map((name) => [name]),
  wasm: [['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', '@tensorflow/tfjs-backend-wasm']],
} satisfies Record<TfjsBackend, readonly (readonly string[])[]>;

/**
 * Loads TensorFlow.js with a backend, ready to compute. Nothing of it is loaded before.
 *
 * @param require - finds packages; as this module does by default.
 * @throws ImpastoError `engine-missing` when nothing that brings the backend is installed, `engine-failed` when what
 *   is installed cannot be loaded.
 */
export async function openBackend(
  backend: TfjsBackend,
  require: NodeJS.Require = createRequire(import.meta.url),
): Promise<TensorFlow> {
  const sources: readonly (readonly string[])[] = SOURCES[backend];
  const source = sources.find((packages) => packages.every((name) => isInstalled(name, require)));
  if (!source) {
    throw new ImpastoError('engine-missing', `TensorFlow.js’s backend “${backend}” is not installed.`, {
      advice: `Install it: ${installCommand(sources[0] as readonly string[])}`,
    });
  }
  try {
    restoreUtility();
    const [tf] = source.map((name) => require(name)) as [TensorFlow];
    if (!(await tf.setBackend(backend))) throw new Error(`No backend named ${backend}`);
    if (backend === 'wasm') guardMemory(tf.backend() as unknown as WebAssemblyBackend);
    return tf;
  } catch (cause) {
    throw new ImpastoError('engine-failed', `TensorFlow.js’s backend “${backend}” cannot be loaded.`, {
      advice: `Install it again: ${installCommand(source)}`,
      cause,
    });
  }
}

function isInstalled(name: string, require: NodeJS.Require): boolean {
  try {
    return require.resolve(name) !== '';
  } catch {
    return false;
  }
}

/** tfjs-node 4.22 calls a function of `node:util` that Node.js 23 removed. */
function restoreUtility(): void {
  const utilities: { isNullOrUndefined?: unknown } = util;
  utilities.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
}

interface WebAssemblyBackend {
  readonly wasm: { _malloc(bytes: number): number; _free(address: number): void };
}

const guarded = new WeakSet<WebAssemblyBackend>();

/**
 * WebAssembly's 4 GiB can be used up. Its allocator then returns 0, or takes the size modulo 2³²; the backend looks at
 * neither and would write over other tensors' values.
 */
function guardMemory(backend: WebAssemblyBackend): void {
  if (guarded.has(backend)) return;
  guarded.add(backend);
  const { wasm } = backend;
  // With its first call the allocator puts another function in its own place.
  wasm._free(wasm._malloc(1));
  const allocate = wasm._malloc;
  wasm._malloc = (bytes) => {
    const address = bytes < 2 ** 32 ? allocate(bytes) : 0;
    if (address === 0) throw new RangeError(`WebAssembly is out of memory: ${bytes} bytes`);
    return address;
  };
}
