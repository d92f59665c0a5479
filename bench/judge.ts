import type { Engine } from '../src/nst/engines/engine.ts';
import type { Picture } from '../src/nst/image/picture.ts';
import { fitWithin, resizePicture } from '../src/nst/image/resize.ts';
import type { LayerName } from '../src/nst/network.ts';

/** How far a painting is from what it aims at. */
export interface Judgement {
  /** Mean over {@link STYLE} of ‖G − T‖²/‖T‖²; T is the painting's Gram matrix at the result's size. */
  readonly style: number;
  /** ‖F − P‖²/‖P‖² at relu3_3; P are the photograph's activations. */
  readonly content: number;
}

const STYLE: readonly LayerName[] = ['relu1_1', 'relu2_1', 'relu3_1', 'relu3_4'];
const CONTENT: LayerName = 'relu3_3';
const STRIDE = 4;

/** Measures a result with a network, whichever it was painted with. */
export async function judge(
  engine: Engine,
  result: Picture,
  photograph: Picture,
  painting: Picture,
): Promise<Judgement> {
  const longer = Math.max(result.width, result.height);
  const of = ({ width, height }: Picture) => fitWithin(width, height, longer);
  const measure = async (picture: Picture) => {
    const { width, height } = of(picture);
    const whole = (side: number) => Math.max(STRIDE, Math.round(side / STRIDE) * STRIDE);
    return engine.features(resizePicture(picture, whole(width), whole(height)), {
      pooling: 'average',
      activations: [CONTENT],
      grams: STYLE,
    });
  };
  const [painted, aim, model] = [await measure(result), await measure(photograph), await measure(painting)];
  const styles = STYLE.map((layer) =>
    relative(painted.grams.get(layer) as Float32Array, model.grams.get(layer) as Float32Array),
  );
  return {
    style: styles.reduce((a, b) => a + b, 0) / styles.length,
    content: relative(
      painted.activations.get(CONTENT) as Float32Array,
      aim.activations.get(CONTENT) as Float32Array,
    ),
  };
}

/** The squared distance from what was aimed at, relative to its square. */
function relative(values: Float32Array, aim: Float32Array): number {
  let [error, energy] = [0, 0];
  aim.forEach((value, index) => {
    error += ((values[index] as number) - value) ** 2;
    energy += value ** 2;
  });
  return error / energy;
}
