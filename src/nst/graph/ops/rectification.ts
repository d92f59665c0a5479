import { node, require, sameShape, type Tensor } from '../tensor.ts';
import type { DeviceTensor } from '../tensorflow.ts';

/** max(x, 0). */
export function relu(x: Tensor): Tensor {
  return node(
    {
      type: 'relu',
      adjoints: (dy, y) => [() => gate(dy, y)],
      onnx: (write, operands) => write.node('Relu', operands),
      tfjs: (tf, [a]) => tf.relu(a as DeviceTensor),
    },
    [x],
    x.shape,
  );
}

/** The value where the condition is positive, 0 elsewhere: the adjoint of {@link relu}. */
export function gate(value: Tensor, condition: Tensor): Tensor {
  require(sameShape(value.shape, condition.shape), 'gate', value, condition);
  return node(
    {
      type: 'gate',
      adjoints: (dy) => [() => gate(dy, condition)],
      onnx: (write, [x, y]) =>
        write.node('Where', [
          write.node('Greater', [y as string, write.scalar(0)]),
          x as string,
          write.scalar(0),
        ]),
    },
    [value, condition],
    value.shape,
  );
}
