import { clamped, luminance, withLuminance } from './image/colour.ts';
import type { Picture } from './image/picture.ts';
import { resizePicture } from './image/resize.ts';
import { composite, fillTransparent } from './image/transparency.ts';
import type { Sources } from './level.ts';
import type { StylizeSettings } from './settings.ts';

/**
 * Makes a result of what the optimiser painted: gives it the photograph's colours where they are kept, shows the
 * photograph where the mask is black, and restores its transparency. The result has the painted picture's size.
 */
export function finish(painted: Picture, { content, mask }: Sources, { colors }: StylizeSettings): Picture {
  const { width, height } = painted;
  const photograph = resizePicture(fillTransparent(content), width, height);
  const shown = { width, height, rgb: clamped(painted.rgb) };
  const coloured = colors === 'content' ? withLuminance(photograph, luminance(shown.rgb)) : shown;
  const masked = mask ? composite(photograph, coloured, scaledPlane(mask, content, painted)) : coloured;
  const alpha = content.alpha && scaledPlane(content.alpha, content, painted);
  return { width, height, rgb: masked.rgb, ...(alpha && { alpha }) };
}

function scaledPlane(
  plane: Float32Array,
  from: { width: number; height: number },
  to: { width: number; height: number },
): Float32Array {
  const carrier = { ...from, rgb: new Float32Array(3 * plane.length), alpha: plane };
  return resizePicture(carrier, to.width, to.height).alpha as Float32Array;
}
