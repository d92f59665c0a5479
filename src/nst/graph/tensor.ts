/** Extents of a tensor, outermost first. Pictures and activations are NCHW with N = 1; a scalar is `[]`. */
export type Shape = readonly number[];

/**
 * What a node of the graph computes. Plain data: {@link gradient} knows each operation's derivative and
 * {@link encodeModel} its ONNX form.
 */
export type Operation =
  | { readonly type: 'input'; readonly name: string }
  | { readonly type: 'constant'; readonly data: Float32Array }
  /** Inputs: x (1×C×H×W), kernel (O×C×k×k, constant), bias (O). Stride 1, zero padding, same size. */
  | { readonly type: 'conv2d' }
  | { readonly type: 'relu' }
  /** Inputs: value, condition. The value where the condition is positive, 0 elsewhere. */
  | { readonly type: 'gate' }
  /** 2×2 windows, stride 2. */
  | { readonly type: 'averagePool' }
  | { readonly type: 'maxPool' }
  /** Nearest neighbour, ×2 in both directions. */
  | { readonly type: 'upsample' }
  /** Inputs: x, y of one shape. 1 where they are equal, 0 elsewhere. */
  | { readonly type: 'equal' }
  | { readonly type: 'divide' }
  /** Matrices; the factor multiplies the product. */
  | {
      readonly type: 'matmul';
      readonly transposeA: boolean;
      readonly transposeB: boolean;
      readonly factor: number;
    }
  /** Input: F (C×N). factor · F · Fᵀ. */
  | { readonly type: 'gram'; readonly factor: number }
  | { readonly type: 'transpose' }
  /** The second operand of add, sub and mul may be broadcast. */
  | { readonly type: 'add' }
  | { readonly type: 'sub' }
  | { readonly type: 'mul' }
  | { readonly type: 'scale'; readonly factor: number }
  | { readonly type: 'sumOfSquares' }
  | { readonly type: 'slice'; readonly axis: number; readonly start: number; readonly end: number }
  /** Zeros before and after along one axis: the adjoint of slice. */
  | { readonly type: 'pad'; readonly axis: number; readonly before: number; readonly after: number }
  | { readonly type: 'reshape' };

/**
 * A value in an expression graph: the result of an operation on other tensors. Immutable, so that graphs can
 * share parts, such as the weights of a network. float32 when run.
 */
export interface Tensor {
  readonly op: Operation;
  readonly inputs: readonly Tensor[];
  readonly shape: Shape;
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
