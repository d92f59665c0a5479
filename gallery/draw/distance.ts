/** Distance in pixels from each pixel to the nearest one where `mask` is not 0 (Felzenszwalb–Huttenlocher). */
export function distanceTo(mask: Uint8Array, width: number, height: number): Float32Array {
  const squared = Float32Array.from(mask, (inside) => (inside ? 0 : 1e12));
  const longest = Math.max(width, height);
  const line = new Float64Array(longest);
  const apex = new Int32Array(longest);
  const bound = new Float64Array(longest + 1);

  /** Lower envelope of the parabolas that stand on one row or column. */
  const sweep = (start: number, step: number, count: number): void => {
    for (let i = 0; i < count; i++) line[i] = squared[start + i * step] as number;
    const meet = (p: number, q: number) =>
      ((line[q] as number) + q * q - (line[p] as number) - p * p) / (2 * (q - p));
    let top = 0;
    apex[0] = 0;
    bound[0] = Number.NEGATIVE_INFINITY;
    for (let q = 1; q < count; q++) {
      while (top > 0 && meet(apex[top] as number, q) <= (bound[top] as number)) top--;
      bound[top + 1] = meet(apex[top] as number, q);
      apex[++top] = q;
    }
    for (let i = 0, k = 0; i < count; i++) {
      while (k < top && (bound[k + 1] as number) < i) k++;
      const p = apex[k] as number;
      squared[start + i * step] = (i - p) ** 2 + (line[p] as number);
    }
  };
  for (let x = 0; x < width; x++) sweep(x, width, height);
  for (let y = 0; y < height; y++) sweep(y * width, 1, width);
  return squared.map(Math.sqrt);
}
