import { clamped } from './image/colour.ts';
import type { Picture } from './image/picture.ts';
import { resizePicture, type Size } from './image/resize.ts';
import { type Canvas, pad, type Sources } from './level.ts';
import { seededRandom } from './random.ts';
import type { StylizeSettings } from './settings.ts';
import { mean } from './vector.ts';

/**
 * The planes that a pass starts from: what is painted already, kept to colours that can be shown, else what the setting
 * `init` says.
 */
export function startOf(
  { photograph, multiple }: Canvas,
  { width, height }: Size,
  { styles, init: given }: Sources,
  settings: StylizeSettings,
  painted: Picture | undefined,
): Float32Array {
  const onCanvas = (picture: Picture) => pad(resizePicture(picture, width, height), multiple).planes;
  if (painted) return onCanvas({ ...painted, rgb: clamped(painted.rgb) });
  if (settings.init === 'picture') return onCanvas(given as Picture);
  if (settings.init === 'noise') return noise(photograph.planes.length, settings);
  return settings.method === 'gatys'
    ? photograph.planes.slice()
    : tinted(photograph.planes, styles, settings);
}

/** Random values in [0, 1); the same in all three planes where only luminance is painted. */
function noise(length: number, { seed, colors }: StylizeSettings): Float32Array {
  const values = new Float32Array(length).map(seededRandom(seed));
  const area = length / 3;
  if (colors === 'content') values.copyWithin(area, 0, area).copyWithin(2 * area, 0, area);
  return values;
}

/**
 * The photograph moved to the mean colour of the paintings: places are then matched by what they show rather than by how
 * bright they are. The less of the painting is wanted, the less it is moved.
 */
function tinted(
  photograph: Float32Array,
  styles: readonly Picture[],
  { styleBlend, strength }: StylizeSettings,
): Float32Array {
  const area = photograph.length / 3;
  const way = Math.min(1, 1 + strength / 3);
  const colour = (planes: Float32Array, channel: number) =>
    mean(planes.subarray((channel * planes.length) / 3, ((channel + 1) * planes.length) / 3));
  const shifts = [0, 1, 2].map((channel) => {
    const aim = styles.reduce(
      (sum, { rgb }, index) => sum + (styleBlend[index] as number) * colour(rgb, channel),
      0,
    );
    return way * (aim - colour(photograph, channel));
  });
  return clamped(photograph.map((value, at) => value + (shifts[Math.floor(at / area)] as number)));
}
