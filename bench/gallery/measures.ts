import * as ort from 'onnxruntime-node';
import type { Engine } from '../../src/nst/engines/engine.ts';
import type { Columns } from '../../src/nst/graph/nearest.ts';
import { encodeModel } from '../../src/nst/graph/onnx.ts';
import { input, matmul } from '../../src/nst/graph/operations.ts';
import type { Picture } from '../../src/nst/image/picture.ts';
import { fitWithin, resizePicture, type Size } from '../../src/nst/image/resize.ts';
import { stack } from '../../src/nst/matching.ts';
import type { LayerName } from '../../src/nst/network.ts';
import { mean } from '../../src/nst/vector.ts';

/** How much a result is the painting's by its places, and the photograph's by its arrangement; 0 is best. */
export interface Measures {
  /**
   * Mean over the result's places of 1 − the largest similarity to a place of the painting. A place is the stack of
   * rectified activations to relu3_4 at a quarter of the size; the similarity is the cosine once the painting's mean is
   * taken from both.
   */
  readonly patch: number;
  /** The same from the painting's places to the result's: how much of the painting was used. */
  readonly cover: number;
  /**
   * Mean |D(result) − D(photograph)|. D holds the cosine distances between places of relu3_3 at an eighth of the size,
   * each column scaled to mean 1 (after Kolkin et al. 2019, arXiv:1904.12785, eq. 5).
   */
  readonly structure: number;
}

/** Longer side at which pictures are measured, in pixels. */
const SIDE = 256;
/** Sides are multiples of this, so that every mean below is of whole blocks. */
const MULTIPLE = 8;
/** Layers of a place, with the blocks of their activations that it takes the mean of. */
const HYPERCOLUMN: readonly (readonly [layer: LayerName, block: number])[] = [
  ['relu1_1', 4],
  ['relu1_2', 4],
  ['relu2_1', 2],
  ['relu2_2', 2],
  ['relu3_1', 1],
  ['relu3_2', 1],
  ['relu3_3', 1],
  ['relu3_4', 1],
];
const STRUCTURE: LayerName = 'relu3_3';

/** What is measured on one picture. */
interface Measured {
  readonly hypercolumns: Columns;
  /** D of {@link Measures.structure}. */
  readonly distances: Float32Array;
}

/**
 * Makes ready to measure results for a pair.
 *
 * @param engine - VGG-19.
 * @returns measures a result, of the photograph's proportions.
 */
export async function measurer(
  engine: Engine,
  photograph: Picture,
  painting: Picture,
): Promise<(result: Picture) => Promise<Measures>> {
  const aim = await measured(engine, photograph);
  const { hypercolumns: model } = await measured(engine, painting);
  const centre = means(model);
  const styles = unit(model, centre);
  return async (result) => {
    const { hypercolumns, distances } = await measured(engine, result, photograph);
    const own = unit(hypercolumns, centre);
    const [best, covered] = largest(await products(own, styles), own.count, styles.count);
    return {
      patch: 1 - mean(best),
      cover: 1 - mean(covered),
      structure: mean(distances.map((distance, at) => Math.abs(distance - (aim.distances[at] as number)))),
    };
  };
}

/** Measures a picture, stretched to the proportions of another on request. */
async function measured(engine: Engine, picture: Picture, like: Size = picture): Promise<Measured> {
  const fitted = fitWithin(like.width, like.height, SIDE);
  const whole = (side: number) => Math.max(MULTIPLE, Math.round(side / MULTIPLE) * MULTIPLE);
  const [width, height] = [whole(fitted.width), whole(fitted.height)];
  const { activations } = await engine.features(resizePicture(picture, width, height), {
    pooling: 'average',
    activations: HYPERCOLUMN.map(([layer]) => layer),
  });
  const [across, down] = [width / 4, height / 4];
  const layers = HYPERCOLUMN.map(([layer, block]) =>
    reduced(activations.get(layer) as Float32Array, across * block, down * block, block),
  );
  const columns = reduced(activations.get(STRUCTURE) as Float32Array, across, down, 2);
  return { hypercolumns: stack(layers), distances: await distancesBetween(unit(columns)) };
}

/** The means of blocks of planes, of which `values` holds as many as there are channels. */
function reduced(values: Float32Array, width: number, height: number, block: number): Columns {
  const [across, down] = [width / block, height / block];
  const channels = values.length / (width * height);
  const sums = new Float32Array(channels * across * down);
  for (let row = 0; row < channels * height; row++) {
    const to = Math.floor(row / block) * across;
    for (let x = 0; x < width; x++) {
      const at = to + Math.floor(x / block);
      sums[at] = (sums[at] as number) + (values[row * width + x] as number) / block ** 2;
    }
  }
  return { dimensions: channels, count: across * down, data: sums };
}

/** The mean of each channel. */
function means({ dimensions, count, data }: Columns): Float32Array {
  return Float32Array.from({ length: dimensions }, (_, channel) =>
    mean(data.subarray(channel * count, (channel + 1) * count)),
  );
}

/** Each place less the centre, at length 1; a place at the centre itself stays 0. */
function unit(
  { dimensions, count, data }: Columns,
  centre: Float32Array = new Float32Array(dimensions),
): Columns {
  const moved = data.map((value, at) => value - (centre[Math.floor(at / count)] as number));
  const squares = new Float64Array(count);
  moved.forEach((value, at) => {
    squares[at % count] = (squares[at % count] as number) + value ** 2;
  });
  const lengths = squares.map((square) => Math.sqrt(square) || 1);
  return { dimensions, count, data: moved.map((value, at) => value / (lengths[at % count] as number)) };
}

/** Products of each place of `a` with each of `b`: places × places, row-major. */
async function products(a: Columns, b: Columns): Promise<Float32Array> {
  const [left, right] = [input('a', [a.dimensions, a.count]), input('b', [b.dimensions, b.count])];
  const session = await ort.InferenceSession.create(
    encodeModel({ product: matmul(left, right, { transposeA: true }) }),
  );
  const tensor = ({ data, dimensions, count }: Columns) =>
    new ort.Tensor('float32', data, [dimensions, count]);
  const { product } = await session.run({ a: tensor(a), b: tensor(b) });
  await session.release();
  return product?.data as Float32Array;
}

/** The largest value of each row and of each column. */
function largest(matrix: Float32Array, rows: number, columns: number): [Float32Array, Float32Array] {
  const ofRows = new Float32Array(rows).fill(-Infinity);
  const ofColumns = new Float32Array(columns).fill(-Infinity);
  matrix.forEach((value, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    if (value > (ofRows[row] as number)) ofRows[row] = value;
    if (value > (ofColumns[column] as number)) ofColumns[column] = value;
  });
  return [ofRows, ofColumns];
}

/** Cosine distances between places of length 1, each column scaled to mean 1. */
async function distancesBetween(columns: Columns): Promise<Float32Array> {
  const { count } = columns;
  const distances = (await products(columns, columns)).map((cosine) => Math.max(0, 1 - cosine));
  const sums = new Float64Array(count);
  distances.forEach((distance, at) => {
    sums[at % count] = (sums[at % count] as number) + distance;
  });
  return distances.map((distance, at) => (count * distance) / ((sums[at % count] as number) || 1));
}
