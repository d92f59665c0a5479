import { blend, palette, type Rgb, ramp, shift } from '../color.ts';
import { rake } from '../light.ts';
import { mix, smoothstep } from '../math.ts';
import { fractal, gradientNoise } from '../noise.ts';
import { paintCoat, type Subject } from '../paint.ts';
import type { Random } from '../random.ts';
import type { Style } from '../style.ts';

const ASPECT = 3 / 4;
const HORIZON = 0.6;

const leaves = ramp(palette('4a0a1c 8f1418 d3301a f0641a fb9a1c ffcf3c fff08a'));
const shade = ramp(palette('150d3a 2b1c6a 4a2f8f 2a6a9a 3fa0a0 7fc4a0'));
const bark = ramp(palette('140a1e 2a1430 5a2a3a 8a5a6a d8b0a0'));
const lamp: Rgb = [1, 0.96, 0.74];

interface Tree {
  readonly x: number;
  readonly foot: number;
  readonly width: number;
  readonly lean: number;
}
const trees: readonly Tree[] = [
  { x: 0.09, foot: 0.82, width: 0.042, lean: 0.05 },
  { x: 0.64, foot: 0.8, width: 0.038, lean: -0.06 },
  { x: 0.21, foot: 0.7, width: 0.024, lean: 0.05 },
  { x: 0.55, foot: 0.69, width: 0.022, lean: -0.05 },
  { x: 0.285, foot: 0.645, width: 0.013, lean: 0.03 },
  { x: 0.47, foot: 0.64, width: 0.012, lean: -0.03 },
];
const trunkAt = (x: number, y: number): Tree | undefined =>
  trees.find((t) => {
    const up = t.foot - y;
    return (
      up > -0.01 &&
      up < 0.62 &&
      Math.abs(x - t.x - t.lean * up - 0.012 * Math.sin(9 * up)) <
        t.width * (0.62 - 0.5 * up + 0.3 * smoothstep(0.05, 0, up))
    );
  });

/** Half the width of the lane, which winds towards the light. */
const laneHalf = (y: number) => 0.02 + 0.72 * (y - HORIZON);
const laneAxis = (y: number) => 0.38 + 0.05 * Math.sin(6 * (y - HORIZON));

function subject(random: Random): Subject {
  const noise = fractal(gradientNoise(random), 3);

  /** The wood above the ground: leaves glow around the light at the lane's end and turn violet far from it. */
  const wood = (x: number, y: number): Rgb => {
    const away = Math.hypot(1.15 * (x - 0.38), y - 0.5);
    const clumps = noise(5 * x, 5 * y) + 0.6 * noise(14 * x + 5, 14 * y);
    const warm = leaves(0.92 - 1.05 * away + 0.45 * clumps);
    const cool = shade(0.35 + 0.5 * noise(6 * x, 6 * y + 9) + 0.25 * clumps);
    const gaps = smoothstep(0.12, 0.42, noise(3.4 * x + 2, 3.4 * y + 4)) * smoothstep(0.05, 0.3, away);
    return blend(blend(warm, cool, gaps), lamp, smoothstep(0.16, 0.02, away));
  };

  return {
    color(x, y) {
      const trunk = trunkAt(x, y);
      if (trunk) {
        const lit = smoothstep(
          -0.6,
          0.6,
          ((trunk.x < 0.38 ? 1 : -1) * (x - trunk.x - trunk.lean * (trunk.foot - y))) / trunk.width,
        );
        return bark(0.1 + 0.75 * lit + 0.3 * noise(25 * x, 8 * y));
      }
      if (y < HORIZON) return wood(x, y);
      const off = Math.abs(x - laneAxis(y)) / laneHalf(y);
      if (off < 1) {
        const ripple = 0.02 * noise(5 * x, 40 * y);
        const mirrored = wood(x + ripple, mix(HORIZON, 0.12, (y - HORIZON) * 2.1));
        const reflected = trunkAt(x + ripple, 1.17 - 0.9 * y) ? bark(0.3) : mirrored;
        const wet = shift(
          blend(reflected, shade(0.25 + 0.4 * noise(3 * x, 22 * y)), 0.38 + 0.3 * noise(6 * x, 30 * y)),
          0.02,
          0.2,
          0,
        );
        return blend(
          wet,
          lamp,
          0.85 * smoothstep(0.09, 0.01, Math.abs(x - 0.38 - ripple * 2)) * smoothstep(1.0, 0.6, y),
        );
      }
      return leaves(
        0.34 + 0.5 * noise(6 * x, 15 * y) - 0.25 * (y - HORIZON) + 0.25 * smoothstep(1.9, 1, off),
      );
    },
    angle(x, y) {
      if (trunkAt(x, y)) return Math.PI / 2 + 0.1 * noise(8 * x, 8 * y);
      if (y < HORIZON) return 0.9 + 2.4 * noise(2.2 * x, 2.2 * y);
      const off = Math.abs(x - laneAxis(y)) / laneHalf(y);
      return off < 1 ? 0.06 * noise(9 * x, 9 * y) : 0.5 * Math.sign(x - 0.38) + 0.5 * noise(5 * x, 5 * y);
    },
  };
}

export const autumnLane: Style = {
  name: 'autumn-lane',
  title: 'Autumn Lane',
  description:
    'A glowing wood after rain, laid on with a palette knife in flat slabs of scarlet, gold and violet.',
  seed: 1908,
  aspect: ASPECT,
  draw(canvas, random) {
    const lane = subject(random);
    canvas.fill(lane.color);
    const knife = { contrast: 0.38, dryness: 0.45, rim: 0.5, roundness: 0.15, opacity: 1 };
    const coat = { stray: 0.34, sway: 0.3 };
    paintCoat(
      canvas,
      lane,
      {
        ...coat,
        brush: { ...knife, width: 0.05, bristles: 14, body: 5 },
        length: 0.1,
        spacing: 0.5,
        loyalty: 0.6,
      },
      random,
    );
    paintCoat(
      canvas,
      lane,
      {
        ...coat,
        brush: { ...knife, width: 0.028, bristles: 8, body: 7 },
        length: 0.055,
        spacing: 0.75,
        loyalty: 0.4,
      },
      random,
    );
    paintCoat(
      canvas,
      lane,
      {
        ...coat,
        brush: { ...knife, width: 0.013, bristles: 4, body: 8 },
        length: 0.03,
        spacing: 1.35,
        loyalty: 0.3,
      },
      random,
    );
    rake(canvas, { shade: 0.3, gloss: 0.12 });
  },
};
