import type { StylizeOptions } from '../src/nst/settings.ts';
import { stylize } from '../src/nst/stylize.ts';
import { engine, samplePair } from './support.ts';

/** Evaluations that each optimiser needs to reach the loss that Adam has after 150, on one level of 192 pixels. */
export async function evaluationsToSameLoss(): Promise<{ adam: number; lbfgs: number; loss: number }> {
  const adam = await losses({ optimizer: 'adam', iterations: 150 });
  const goal = Math.min(...adam.map(({ loss }) => loss));
  const lbfgs = await losses({ optimizer: 'lbfgs', iterations: 150 });
  const reached = (curve: Curve) =>
    curve.find(({ loss }) => loss <= goal)?.iteration ?? Number.POSITIVE_INFINITY;
  return { adam: reached(adam), lbfgs: reached(lbfgs), loss: goal };
}

type Curve = readonly { iteration: number; loss: number }[];

async function losses(options: StylizeOptions): Promise<Curve> {
  const curve: { iteration: number; loss: number }[] = [];
  await stylize(
    await samplePair(192),
    { size: 192, minSize: 192, ...options },
    { engine, onProgress: ({ iteration, loss }) => void curve.push({ iteration, loss: loss.total }) },
  );
  return curve;
}
