import { add, constant } from './operations.ts';
import { type Tensor, topologicalOrder } from './tensor.ts';

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
    const known = tensor.op?.adjoints?.(dy, tensor) ?? [];
    tensor.inputs.forEach((input, index) => {
      if (!dependent.has(input)) return;
      const contribution = known[index]?.();
      if (!contribution) throw new Error(`No gradient through this operand of ${tensor.op?.type}`);
      const sum = adjoints.get(input);
      adjoints.set(input, sum ? add(sum, contribution) : contribution);
    });
  }
  const result = adjoints.get(variable);
  if (!result) throw new Error('The loss does not depend on the variable');
  return result;
}
