import { blend, palette, type Rgb, shift } from '../color.ts';
import { rake } from '../light.ts';
import { clamp, smoothstep, TAU } from '../math.ts';
import { fractal, gradientNoise } from '../noise.ts';
import type { Random } from '../random.ts';
import type { Style } from '../style.ts';

const ASPECT = 1;

const inks = palette('0a1a4a 0f6a7a 8a1240 f2e2c4 123a8a e0562a 1a9a90 2a0a3a f0a0a8 0c0c20');
const leaf = palette('7a4a0c d8961e ffd65a fff2b8');

interface Drop {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly ink: Rgb;
  readonly gilt: boolean;
}

/** A needle drawn through the bath: ink follows it, less the farther away it lies. */
interface Tine {
  readonly x: number;
  readonly y: number;
  readonly dirX: number;
  readonly dirY: number;
  readonly pull: number;
  readonly sharpness: number;
  /** Distance between the needles of a comb, 0 for a single one. */
  readonly pitch: number;
}

/** A stylus turned around a point. */
interface Whirl {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly turn: number;
}

function rain(random: Random): Drop[] {
  return Array.from({ length: 230 }, (_, k) => {
    const gilt = random.next() < 0.16;
    return {
      x: random.between(-0.1, ASPECT + 0.1),
      y: random.between(-0.1, 1.1),
      radius:
        (k < 40 ? 0.15 : k < 100 ? 0.09 : k < 160 ? 0.055 : 0.026) *
        random.between(0.6, 1.2) *
        (gilt ? 0.5 : 1),
      ink: random.pick(inks),
      gilt,
    };
  });
}

/** Strokes in the order they were drawn. */
const tines: readonly Tine[] = [
  { x: 0.1, y: 0, dirX: 0, dirY: 1, pull: 0.22, sharpness: 28, pitch: 0.2 },
  { x: 0.2, y: 0, dirX: 0, dirY: -1, pull: 0.22, sharpness: 28, pitch: 0.2 },
  { x: 0, y: 0.22, dirX: 0.96, dirY: 0.28, pull: 0.16, sharpness: 14, pitch: 0 },
  { x: 0, y: 0.78, dirX: -0.94, dirY: 0.34, pull: 0.16, sharpness: 14, pitch: 0 },
];
const whirls: readonly Whirl[] = [
  { x: 0.3, y: 0.3, radius: 0.2, turn: 3.6 },
  { x: 0.74, y: 0.62, radius: 0.24, turn: -3.8 },
  { x: 0.8, y: 0.16, radius: 0.13, turn: 2.9 },
  { x: 0.22, y: 0.8, radius: 0.15, turn: -3.1 },
];

/** Where the ink at a place lay before the strokes: they are undone from the last to the first. */
function unstir(x: number, y: number): [x: number, y: number] {
  for (const { x: cx, y: cy, radius, turn } of whirls) {
    const [dx, dy] = [x - cx, y - cy];
    const angle = -turn * Math.exp(-(((dx * dx + dy * dy) / radius ** 2) ** 1.2));
    x = cx + dx * Math.cos(angle) - dy * Math.sin(angle);
    y = cy + dx * Math.sin(angle) + dy * Math.cos(angle);
  }
  for (const tine of tines.toReversed()) {
    let side = (x - tine.x) * tine.dirY - (y - tine.y) * tine.dirX;
    if (tine.pitch > 0) side -= tine.pitch * Math.round(side / tine.pitch);
    const pull = tine.pull / (1 + tine.sharpness * Math.abs(side));
    x -= tine.dirX * pull;
    y -= tine.dirY * pull;
  }
  return [x, y];
}

/**
 * The drop that a place belongs to, and its depth inside the drop's rim (0…1). Each later drop has pushed
 * the earlier ink outwards, keeping its area, so the drops are undone from the last to the first.
 */
function trace(x: number, y: number, drops: readonly Drop[]): { drop: Drop; depth: number } | undefined {
  for (let k = drops.length - 1; k >= 0; k--) {
    const drop = drops[k] as Drop;
    const [dx, dy] = [x - drop.x, y - drop.y];
    const squared = dx * dx + dy * dy;
    const inside = drop.radius ** 2;
    if (squared < inside) return { drop, depth: 1 - Math.sqrt(squared / inside) };
    const scale = Math.sqrt(1 - inside / squared);
    x = drop.x + dx * scale;
    y = drop.y + dy * scale;
  }
  return undefined;
}

export const gildedMarble: Style = {
  name: 'gilded-marble',
  title: 'Gilded Marble',
  description:
    'Marbled ink combed and whirled on water, in midnight, teal and garnet with raised veins of gold.',
  seed: 1620,
  aspect: ASPECT,
  draw(canvas, random) {
    const noise = fractal(gradientNoise(random), 4);
    const drops = rain(random);
    const ground = inks[3] as Rgb;
    canvas.each((i, x, y) => {
      const [bx, by] = unstir(x + 0.006 * noise(7 * x, 7 * y), y + 0.006 * noise(7 * y + 40, 7 * x));
      const found = trace(bx, by, drops);
      const fleck = noise(85 * x, 85 * y);
      const vein = found ? smoothstep(0.085, 0.05, found.depth) : 0;
      const gold = Math.max(vein, found?.drop.gilt ? 1 : 0);
      const rings = found ? Math.sin(TAU * 7 * found.depth) : 0;
      const pooled = shift(
        found?.drop.ink ?? ground,
        0.075 * rings + 0.07 * noise(18 * bx, 18 * by) + 0.02 * fleck,
        0.1,
        0.25 * noise(9 * bx, 9 * by),
      );
      const shine = clamp(0.5 + 0.45 * noise(14 * x, 14 * y) + 0.5 * fleck);
      const metal = blend(
        leaf[Math.min(2, Math.floor(shine * 3))] as Rgb,
        leaf[1 + Math.min(2, Math.floor(shine * 3))] as Rgb,
        (shine * 3) % 1,
      );
      canvas.cover(i, blend(pooled, metal, gold), 1);
      canvas.relief[i] = 3.2 * gold + (gold > 0.5 ? 1.3 : 0.35) * fleck + 0.5 * rings;
    });
    rake(canvas, { shade: 0.34, gloss: 0.3 });
  },
};
