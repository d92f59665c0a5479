/** Planes with a mirrored border, and where the original lies in them. */
export interface Padded {
  /** channels × height × width values. */
  readonly planes: Float32Array;
  readonly width: number;
  readonly height: number;
  /** Columns added on the left, in pixels. */
  readonly left: number;
  /** Rows added at the top, in pixels. */
  readonly top: number;
}

/** A rectangle in pixels. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Enlarges planes (channels × height × width) to sides that are multiples of `multiple`, by mirroring: `margin`
 * pixels (default 0) on the left and at the top, at least as many on the right and at the bottom. The border
 * pixel is the mirror's axis and is not repeated (3 2 | 1 2 3 | 2 1); a border wider than the picture mirrors
 * again, and a side of one pixel repeats it.
 */
export function padToMultiple(
  planes: Float32Array,
  width: number,
  height: number,
  channels: number,
  multiple: number,
  margin = 0,
): Padded {
  const columns = mirrored(width, multiple, margin);
  const rows = mirrored(height, multiple, margin);
  const result = new Float32Array(channels * rows.length * columns.length);
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (const row of rows) {
      const start = (channel * height + row) * width;
      for (const column of columns) result[at++] = planes[start + column];
    }
  }
  return { planes: result, width: columns.length, height: rows.length, left: margin, top: margin };
}

/** The source index of every index of the padded side. */
function mirrored(length: number, multiple: number, margin: number): Int32Array {
  const padded = Math.ceil((length + 2 * margin) / multiple) * multiple;
  const period = Math.max(1, 2 * (length - 1));
  return Int32Array.from({ length: padded }, (_, index) => {
    const at = Math.abs(index - margin) % period;
    return at < length ? at : period - at;
  });
}

/** Cuts a window out of planes (channels × height × width); undoes {@link padToMultiple} exactly. */
export function crop(
  planes: Float32Array,
  width: number,
  height: number,
  channels: number,
  window: Window,
): Float32Array {
  const result = new Float32Array(channels * window.height * window.width);
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < window.height; row++) {
      const start = (channel * height + window.top + row) * width + window.left;
      result.set(
        planes.subarray(start, start + window.width),
        (channel * window.height + row) * window.width,
      );
    }
  }
  return result;
}
