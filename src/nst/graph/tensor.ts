import type { OnnxWriter } from './onnx-writer.ts';
import type { DeviceTensor, TensorFlow } from './tensorflow.ts';

/** Extents of a tensor, outermost first. Pictures and activations are NCHW with N = 1; a scalar is `[]`. */
export type Shape = readonly number[];

/** A computation of the adjoint of one operand; made only for operands on the way to the variable. */
export type Adjoint = () => Tensor;

/** What a node of the graph computes: a file of `ops/` has an operation's shape, derivative and both runtimes' forms. */
export interface Operation {
  readonly type: string;
  /** What it takes besides its operands. */
  readonly attributes: Readonly<Record<string, number | boolean>>;
  /** The adjoints of the operands, from that of the result. Missing, or undefined for an operand, where there is none. */
  readonly adjoints?: (dy: Tensor, y: Tensor) => readonly (Adjoint | undefined)[];
  /** Writes the operation's nodes. Returns the name of the result. */
  readonly onnx: (write: OnnxWriter, operands: readonly string[], y: Tensor) => string;
  /**
   * Computes it with TensorFlow.js, which can differentiate what it does. Missing for what only {@link adjoints} are
   * made of. Four axes are held NHWC.
   */
  readonly tfjs?: (tf: TensorFlow, operands: readonly DeviceTensor[], y: Tensor) => DeviceTensor;
}

/**
 * A value in an expression graph: the result of an operation on other tensors, or a leaf. Immutable, so that graphs can
 * share parts, such as the weights of a network. float32 when run.
 */
export interface Tensor {
  readonly shape: Shape;
  readonly inputs: readonly Tensor[];
  /** Missing for a leaf. */
  readonly op?: Operation;
  /** The values of a constant, row-major. */
  readonly data?: Float32Array;
  /** The name under which an input is fed. */
  readonly name?: string;
}

/** A tensor that an operation results in. */
export function node(
  op: Omit<Operation, 'attributes'> & Partial<Pick<Operation, 'attributes'>>,
  inputs: readonly Tensor[],
  shape: Shape,
): Tensor {
  return { op: { attributes: {}, ...op }, inputs, shape };
}

/** Checks operands. A wrong shape is a programmer's mistake and throws a plain `Error`. */
export function require(condition: boolean, operation: string, ...operands: Tensor[]): void {
  if (condition) return;
  const shapes = operands.map(({ shape }) => `[${shape.join('×')}]`).join(' and ');
  throw new Error(`${operation} cannot take ${shapes}`);
}

/** The number of elements of a shape: the product of its extents. */
export function elements(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Whether two shapes have the same extents. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** All tensors that the given ones depend on, the given ones included, each after its inputs. */
export function topologicalOrder(roots: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set<Tensor>();
  const stack = roots.map((tensor) => ({ tensor, next: 0 })).reverse();
  while (stack.length > 0) {
    const top = stack[stack.length - 1] as { tensor: Tensor; next: number };
    const input = top.tensor.inputs[top.next++];
    if (input && !seen.has(input) && !seen.has(top.tensor)) stack.push({ tensor: input, next: 0 });
    else if (!input || seen.has(top.tensor)) {
      stack.pop();
      if (!seen.has(top.tensor)) order.push(top.tensor);
      seen.add(top.tensor);
    }
  }
  return order;
}
