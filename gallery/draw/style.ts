import type { Canvas } from './canvas.ts';
import type { Random } from './random.ts';

/** A painting of the gallery and how it is drawn. */
export interface Style {
  /** File name without extension, and the name users choose it by. */
  readonly name: string;
  readonly title: string;
  /** One line. */
  readonly description: string;
  readonly seed: number;
  /** Width over height. */
  readonly aspect: number;
  draw(canvas: Canvas, random: Random): void | Promise<void>;
}
