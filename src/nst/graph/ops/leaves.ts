import { elements, require, type Shape, type Tensor } from '../tensor.ts';

/** A value fed at run time under a name that is unique in its graph. */
export function input(name: string, shape: Shape): Tensor {
  return { shape, inputs: [], name };
}

/** A value known when the graph is built, row-major. It is given to the engine once, however often the graph runs. */
export function constant(data: Float32Array, shape: Shape): Tensor {
  const tensor = { shape, inputs: [], data };
  require(data.length === elements(shape), `a constant of ${data.length} values`, tensor);
  return tensor;
}
