import { node, require, type Shape, sameShape, type Tensor } from '../tensor.ts';
import type { DeviceTensor, DeviceTensor4D, TensorFlow } from '../tensorflow.ts';
import { divide, mul, scale } from './arithmetic.ts';

const WINDOW = { kernel_shape: [2, 2], strides: [2, 2] };

function halved(x: Tensor, operation: string): Shape {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  require(x.shape.length === 4 && h % 2 === 0 && w % 2 === 0, operation, x);
  return [n, c, h / 2, w / 2];
}

/** Mean of each 2×2 window, stride 2. Height and width must be even. */
export function averagePool(x: Tensor): Tensor {
  return node(
    {
      type: 'averagePool',
      adjoints: (dy) => [() => upsample(scale(dy, 1 / 4))],
      onnx: (write, operands) => write.node('AveragePool', operands, WINDOW),
      tfjs: (tf, [a]) => tf.avgPool(a as DeviceTensor4D, 2, 2, 'valid'),
    },
    [x],
    halved(x, 'averagePool'),
  );
}

/** Maximum of each 2×2 window, stride 2. Height and width must be even. */
export function maxPool(x: Tensor): Tensor {
  return node(
    {
      type: 'maxPool',
      adjoints: (dy, y) => [() => maxPoolAdjoint(x, y, dy)],
      onnx: (write, operands) => write.node('MaxPool', operands, WINDOW),
      tfjs: (tf, [a]) => deviceMaxPool(tf, a as DeviceTensor4D),
    },
    [x],
    halved(x, 'maxPool'),
  );
}

/** Each value repeated in a 2×2 window. */
export function upsample(x: Tensor): Tensor {
  require(x.shape.length === 4, 'upsample', x);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  return node(
    {
      type: 'upsample',
      adjoints: (dy) => [() => scale(averagePool(dy), 4)],
      onnx: (write, [a]) =>
        write.node('Resize', [a as string, '', write.floats([1, 1, 2, 2])], {
          coordinate_transformation_mode: 'asymmetric',
          mode: 'nearest',
          nearest_mode: 'floor',
        }),
      tfjs: (tf, [a], y) =>
        deviceUpsample(tf, a as DeviceTensor4D, [y.shape[2] as number, y.shape[3] as number]),
    },
    [x],
    [n as number, c as number, 2 * (h as number), 2 * (w as number)],
  );
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

/** 1 where x and y are equal, 0 elsewhere. */
function equal(x: Tensor, y: Tensor): Tensor {
  require(sameShape(x.shape, y.shape), 'equal', x, y);
  return node(
    {
      type: 'equal',
      onnx: (write, operands) => write.cast(write.node('Equal', operands), 'float'),
    },
    [x, y],
    x.shape,
  );
}

/**
 * Equal largest values of a window share its gradient, as on every engine. TensorFlow.js's own gradient goes to one
 * of them, and to another one on another backend.
 */
function deviceMaxPool(tf: TensorFlow, x: DeviceTensor4D): DeviceTensor {
  const pooled = tf.customGrad((from, save) => {
    const input = from as DeviceTensor4D;
    const y = tf.maxPool(input, 2, 2, 'valid');
    (save as (tensors: DeviceTensor[]) => void)([input, y]);
    const gradFunc = (dy: DeviceTensor4D, saved: DeviceTensor[]) => {
      const [x, y] = saved as [DeviceTensor4D, DeviceTensor4D];
      const sides = [x.shape[1], x.shape[2]] as [number, number];
      const largest = tf.cast(tf.equal(x, deviceUpsample(tf, y, sides)), 'float32') as DeviceTensor4D;
      const count = tf.mul(tf.avgPool(largest, 2, 2, 'valid'), 4);
      return tf.mul(deviceUpsample(tf, tf.div(dy, count), sides), largest);
    };
    return { value: y, gradFunc };
  });
  return pooled(x);
}

function deviceUpsample(tf: TensorFlow, x: DeviceTensor4D, sides: [number, number]): DeviceTensor4D {
  return tf.image.resizeNearestNeighbor(x, sides);
}
