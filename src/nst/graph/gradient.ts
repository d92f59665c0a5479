import {
  add,
  averagePool,
  constant,
  conv2d,
  divide,
  equal,
  gate,
  matmul,
  mul,
  pad,
  reshape,
  scale,
  slice,
  transpose,
  upsample,
} from './operations.ts';
import { sameShape, type Tensor, topologicalOrder } from './tensor.ts';

/** A computation of the adjoint of one input of an operation; made only for inputs on the way to the variable. */
type Adjoint = () => Tensor;

/**
 * The gradient of a scalar with respect to one of the tensors it depends on, by reverse-mode differentiation.
 * The result is again a graph of forward operations, so that one inference run computes loss and gradient.
 * Kernels and biases of convolutions and broadcast operands are treated as constants.
 */
export function gradient(loss: Tensor, variable: Tensor): Tensor {
  if (loss.shape.length !== 0) throw new Error('Only a scalar has a gradient');
  const order = topologicalOrder([loss]);
  const dependent = new Set<Tensor>([variable]);
  for (const tensor of order) if (tensor.inputs.some((i) => dependent.has(i))) dependent.add(tensor);
  const adjoints = new Map<Tensor, Tensor>([[loss, constant(new Float32Array([1]), [])]]);
  for (const tensor of order.reverse()) {
    const dy = adjoints.get(tensor);
    if (!dy || tensor === variable || !dependent.has(tensor)) continue;
    adjointsOf(tensor, dy).forEach((adjoint, index) => {
      const input = tensor.inputs[index] as Tensor;
      if (!dependent.has(input)) return;
      const contribution = adjoint();
      const sum = adjoints.get(input);
      adjoints.set(input, sum ? add(sum, contribution) : contribution);
    });
  }
  const result = adjoints.get(variable);
  if (!result) throw new Error('The loss does not depend on the variable');
  return result;
}

function adjointsOf(y: Tensor, dy: Tensor): Adjoint[] {
  const { op } = y;
  const [a, b] = y.inputs as [Tensor, Tensor];
  switch (op.type) {
    case 'conv2d':
      return [
        () => conv2d(dy, mirrored(b), zeros(a.shape[1] as number)),
        () => unsupported(y),
        () => unsupported(y),
      ];
    case 'relu':
      return [() => gate(dy, y)];
    case 'gate':
      return [() => gate(dy, b), () => unsupported(y)];
    case 'averagePool':
      return [() => scale(upsample(dy), 1 / 4)];
    case 'maxPool':
      return [() => maxPoolAdjoint(a, y, dy)];
    case 'upsample':
      return [() => scale(averagePool(dy), 4)];
    case 'matmul':
      return matmulAdjoints(y, dy);
    case 'gram':
      return [() => matmul(add(dy, transpose(dy)), a, { factor: op.factor })];
    case 'transpose':
      return [() => transpose(dy)];
    case 'add':
      return [() => dy, () => unbroadcast(y, b, dy)];
    case 'sub':
      return [() => dy, () => unbroadcast(y, b, scale(dy, -1))];
    case 'mul':
      return [() => mul(dy, b), () => unbroadcast(y, b, mul(dy, a))];
    case 'scale':
      return [() => scale(dy, op.factor)];
    case 'sumOfSquares':
      return [() => mul(a, scale(dy, 2))];
    case 'slice':
      return [() => pad(dy, op.axis, op.start, (a.shape[op.axis] as number) - op.end)];
    case 'pad':
      return [() => slice(dy, op.axis, op.before, op.before + (a.shape[op.axis] as number))];
    case 'reshape':
      return [() => reshape(dy, a.shape)];
    case 'input':
    case 'constant':
    case 'equal':
    case 'divide':
      return y.inputs.map(() => () => unsupported(y));
  }
}

function unsupported(y: Tensor): never {
  throw new Error(`No gradient through this operand of ${y.op.type}`);
}

function unbroadcast(y: Tensor, operand: Tensor, dy: Tensor): Tensor {
  return sameShape(operand.shape, dy.shape) ? dy : unsupported(y);
}

/**
 * A window's gradient goes to its largest value. Equal largest values share it, so that flat areas do not
 * receive several times what they should.
 */
function maxPoolAdjoint(x: Tensor, y: Tensor, dy: Tensor): Tensor {
  const largest = equal(x, upsample(y));
  const count = scale(averagePool(largest), 4);
  return mul(upsample(divide(dy, count)), largest);
}

function matmulAdjoints(y: Tensor, dy: Tensor): Adjoint[] {
  if (y.op.type !== 'matmul') return [];
  const { transposeA, transposeB, factor } = y.op;
  const [a, b] = y.inputs as [Tensor, Tensor];
  const forA = () =>
    transposeA
      ? matmul(b, dy, { transposeA: transposeB, transposeB: true, factor })
      : matmul(dy, b, { transposeB: !transposeB, factor });
  const forB = () =>
    transposeB
      ? matmul(dy, a, { transposeA: true, transposeB: transposeA, factor })
      : matmul(a, dy, { transposeA: !transposeA, factor });
  return [forA, forB];
}

const mirroredKernels = new WeakMap<Tensor, Tensor>();

/**
 * The kernel of the input gradient of a stride-1, same-padded convolution: flipped in both spatial axes, its
 * input and output channels swapped. Made once for each kernel, however many graphs use it.
 */
function mirrored(kernel: Tensor): Tensor {
  let result = mirroredKernels.get(kernel);
  if (!result) {
    const [outputs, inputs, size] = kernel.shape as [number, number, number];
    const { data } = kernel.op as { data: Float32Array };
    const area = size * size;
    const flipped = new Float32Array(data.length);
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < inputs; i++)
        for (let k = 0; k < area; k++)
          flipped[(i * outputs + o) * area + (area - 1 - k)] = data[(o * inputs + i) * area + k] as number;
    result = constant(flipped, [inputs, outputs, size, size]);
    mirroredKernels.set(kernel, result);
  }
  return result;
}

function zeros(length: number): Tensor {
  return constant(new Float32Array(length), [length]);
}
