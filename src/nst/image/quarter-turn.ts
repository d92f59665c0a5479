import type { Picture } from './picture.ts';

/** The picture turned clockwise by a quarter; opacity is left out. */
export function quarterTurn({ width, height, rgb }: Picture): Picture {
  const area = width * height;
  const turned = new Float32Array(rgb.length);
  for (let channel = 0; channel < 3; channel++)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        turned[channel * area + column * height + (height - 1 - row)] = rgb[
          channel * area + row * width + column
        ] as number;
  return { width: height, height: width, rgb: turned };
}
