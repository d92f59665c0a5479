/** A colour's place in the CIE 1931 chromaticity diagram. */
export type Chromaticity = readonly [x: number, y: number];

/** What a colour space's red, green, blue and white look like. */
export interface Primaries {
  readonly red: Chromaticity;
  readonly green: Chromaticity;
  readonly blue: Chromaticity;
  readonly white: Chromaticity;
}

/** A 3 × 3 matrix, row by row. */
export type Matrix = readonly number[];

type Vector = readonly number[];

const D65: Chromaticity = [0.3127, 0.329];
const WHITE_C: Chromaticity = [0.31, 0.316];

export const BT709: Primaries = { red: [0.64, 0.33], green: [0.3, 0.6], blue: [0.15, 0.06], white: D65 };

/** Colour primaries by their code in ITU-T H.273, table 2; 2 (unspecified) and reserved codes have no entry. */
export const PRIMARIES: Readonly<Record<number, Primaries>> = {
  1: BT709,
  4: { red: [0.67, 0.33], green: [0.21, 0.71], blue: [0.14, 0.08], white: WHITE_C },
  5: { red: [0.64, 0.33], green: [0.29, 0.6], blue: [0.15, 0.06], white: D65 },
  6: { red: [0.63, 0.34], green: [0.31, 0.595], blue: [0.155, 0.07], white: D65 },
  7: { red: [0.63, 0.34], green: [0.31, 0.595], blue: [0.155, 0.07], white: D65 },
  8: { red: [0.681, 0.319], green: [0.243, 0.692], blue: [0.145, 0.049], white: WHITE_C },
  9: { red: [0.708, 0.292], green: [0.17, 0.797], blue: [0.131, 0.046], white: D65 },
  10: { red: [1, 0], green: [0, 1], blue: [0, 0], white: [1 / 3, 1 / 3] },
  11: { red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06], white: [0.314, 0.351] },
  12: { red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06], white: D65 },
  22: { red: [0.63, 0.34], green: [0.295, 0.605], blue: [0.155, 0.077], white: D65 },
};

/** Cone responses of the Bradford adaptation (ICC.1:2022, annex E). */
const BRADFORD: Matrix = [0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296];

/**
 * The matrix from linear RGB in these primaries to linear RGB in those of sRGB, white to white (Bradford).
 * Undefined where the primaries describe no colours: three on a line, or a white outside of what they reach.
 */
export function toSrgbMatrix(primaries: Primaries): Matrix | undefined {
  const source = toXyz(primaries);
  const target = toXyz(BT709);
  if (!source || !target) return undefined;
  const cones = apply(BRADFORD, bright(primaries.white));
  const wanted = apply(BRADFORD, bright(BT709.white));
  if (!cones.every((cone) => cone > 0)) return undefined;
  const adapted = multiply(BRADFORD, source).map((value, at) => (value * wanted[row(at)]) / cones[row(at)]);
  return multiply(inverse(multiply(BRADFORD, target)), adapted);
}

/** SMPTE RP 177: the primaries' matrix to CIE XYZ in which white has a luminance of 1. */
export function toXyz({ red, green, blue, white }: Primaries): Matrix | undefined {
  const [r, g, b] = [red, green, blue].map(([x, y]) => [x, y, 1 - x - y]);
  const unscaled = [0, 1, 2].flatMap((at) => [r[at], g[at], b[at]]);
  const scales = apply(inverse(unscaled), bright(white));
  // A singular matrix gives infinities here, and NaN is not above zero either.
  if (!scales.every((scale) => scale > 0 && Number.isFinite(scale))) return undefined;
  return unscaled.map((value, at) => value * scales[at % 3]);
}

/** A chromaticity's CIE XYZ at a luminance of 1. */
function bright([x, y]: Chromaticity): Vector {
  return [x / y, 1, (1 - x - y) / y];
}

function row(at: number): number {
  return Math.floor(at / 3);
}

function apply(matrix: Matrix, [x, y, z]: Vector): Vector {
  return [0, 3, 6].map((at) => matrix[at] * x + matrix[at + 1] * y + matrix[at + 2] * z);
}

function multiply(left: Matrix, right: Matrix): Matrix {
  const columns = [0, 1, 2].map((at) => apply(left, [right[at], right[at + 3], right[at + 6]]));
  return [0, 1, 2].flatMap((at) => columns.map((column) => column[at]));
}

function inverse([a, b, c, d, e, f, g, h, i]: Matrix): Matrix {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ].flatMap((cofactors) => cofactors.map((value) => value / determinant));
}
