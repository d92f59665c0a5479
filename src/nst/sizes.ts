/** Longer sides that are offered as steps, in pixels. */
export const SIZE_STEPS = [256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192] as const;

/** The next step above a size; undefined when there is none. */
export function sizeAbove(size: number): number | undefined {
  return SIZE_STEPS.find((step) => step > size);
}

/** The next step below a size; undefined when there is none. */
export function sizeBelow(size: number): number | undefined {
  return SIZE_STEPS.findLast((step) => step < size);
}
