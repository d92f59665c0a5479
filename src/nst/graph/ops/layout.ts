import { elements, node, require, type Shape, type Tensor } from '../tensor.ts';
import { type DeviceTensor, fromPlanar, NHWC_AXIS, toPlanar } from '../tensorflow.ts';

function resized(shape: Shape, axis: number, extent: number): Shape {
  return shape.map((old, index) => (index === axis ? extent : old));
}

/** Elements start (included) to end (excluded) along one axis. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const extent = x.shape[axis] ?? 0;
  require(start >= 0 && start < end && end <= extent, `slice ${start} to ${end} of axis ${axis}`, x);
  return node(
    {
      type: 'slice',
      attributes: { axis, start, end },
      adjoints: (dy) => [() => pad(dy, axis, start, extent - end)],
      onnx: (write, [a]) =>
        write.node('Slice', [
          a as string,
          write.integers([start]),
          write.integers([end]),
          write.integers([axis]),
        ]),
      tfjs: (tf, [operand]) => {
        const a = operand as DeviceTensor;
        const along = a.rank === 4 ? NHWC_AXIS[axis] : axis;
        const begin = a.shape.map((_, index) => (index === along ? start : 0));
        const size = a.shape.map((whole, index) => (index === along ? end - start : whole));
        return tf.slice(a, begin, size);
      },
    },
    [x],
    resized(x.shape, axis, end - start),
  );
}

/** x with zeros before and after it along one axis: the adjoint of {@link slice}. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  const extent = x.shape[axis];
  require(extent !== undefined && before >= 0 && after >= 0, `pad ${before} and ${after} on axis ${axis}`, x);
  return node(
    {
      type: 'pad',
      attributes: { axis, before, after },
      adjoints: (dy) => [() => slice(dy, axis, before, before + (extent as number))],
      onnx: (write, [a], { shape }) => {
        const pads = new Array<number>(2 * shape.length).fill(0);
        pads[axis] = before;
        pads[axis + shape.length] = after;
        return write.node('Pad', [a as string, write.integers(pads)]);
      },
    },
    [x],
    resized(x.shape, axis, before + (extent ?? 0) + after),
  );
}

/** The same elements in another shape, row-major. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  require(elements(x.shape) === elements(shape), `reshape to [${shape.join('×')}]`, x);
  return node(
    {
      type: 'reshape',
      adjoints: (dy) => [() => reshape(dy, x.shape)],
      onnx: (write, [a]) => write.node('Reshape', [a as string, write.integers(shape)]),
      tfjs: (tf, [a]) => fromPlanar(tf, tf.reshape(toPlanar(tf, a as DeviceTensor), [...shape])),
    },
    [x],
    shape,
  );
}
