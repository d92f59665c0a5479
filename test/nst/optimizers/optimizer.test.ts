import { describe, expect, it } from 'vitest';
import { adam } from '../../../src/nst/optimizers/adam.ts';
import { lbfgs } from '../../../src/nst/optimizers/lbfgs.ts';
import type { Evaluate, Optimizer, OptimizerState } from '../../../src/nst/optimizers/optimizer.ts';

/** Rosenbrock's valley, minimum 0 at (1, 1). */
const rosenbrock: Evaluate = async (point) => {
  const [x, y] = point as unknown as [number, number];
  return {
    loss: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    gradient: Float32Array.of(-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
  };
};

async function minimize<S extends OptimizerState>(
  optimizer: Optimizer<S>,
  evaluate: Evaluate,
  from: number[],
  budget: number,
): Promise<{ state: S; evaluations: number; outcome: string }> {
  const x = Float32Array.from(from);
  let state = optimizer.start(x, await evaluate(x));
  let evaluations = 1;
  let outcome = 'descended';
  while (evaluations < budget && outcome === 'descended') {
    const step = await optimizer.step(state, evaluate, budget - evaluations);
    evaluations += step.evaluations;
    ({ state, outcome } = step);
  }
  return { state, evaluations, outcome };
}

describe('L-BFGS', () => {
  const optimizer = lbfgs({ history: 10, firstStep: 0.03 });

  it('finds the bottom of Rosenbrock’s valley within 80 evaluations', async () => {
    const { state, evaluations } = await minimize(optimizer, rosenbrock, [-1.2, 1], 80);
    expect(state.x[0]).toBeCloseTo(1, 3);
    expect(state.x[1]).toBeCloseTo(1, 3);
    expect(evaluations).toBeLessThanOrEqual(80);
  });

  it('never makes the loss worse', async () => {
    let state = optimizer.start(Float32Array.of(-1.2, 1), await rosenbrock(Float32Array.of(-1.2, 1)));
    for (let step = 0; step < 20; step++) {
      const next = await optimizer.step(state, rosenbrock, 50);
      expect(next.state.loss).toBeLessThanOrEqual(state.loss);
      state = next.state;
    }
  });

  it('makes a first step of the stated mean length', async () => {
    const start = Float32Array.of(0, 0, 0, 0);
    const bowl: Evaluate = async (x) => ({
      loss: x.reduce((sum, v) => sum + (v - 1) ** 2, 0),
      gradient: x.map((v) => 2 * (v - 1)),
    });
    const { state } = await optimizer.step(optimizer.start(start, await bowl(start)), bowl, 5);
    expect(state.x[0]).toBeCloseTo(0.03, 6);
  });

  it('steps back from losses that are not numbers', async () => {
    const cliff: Evaluate = async (x) =>
      (x[0] as number) > 1.01 ? { loss: Number.NaN, gradient: x } : rosenbrock(x);
    const { state } = await minimize(optimizer, cliff, [-1.2, 1], 120);
    expect(state.loss).toBeLessThan(1e-4);
  });

  it('keeps the last good point when every step diverges', async () => {
    const wall: Evaluate = async (x) =>
      x[0] === 3
        ? { loss: 1, gradient: Float32Array.of(1) }
        : { loss: Number.NaN, gradient: Float32Array.of(0) };
    const { state, outcome } = await minimize(optimizer, wall, [3], 200);
    expect(outcome).toBe('diverged');
    expect(state.x[0]).toBe(3);
  });

  it('says that it is stuck at a minimum', async () => {
    expect((await minimize(optimizer, rosenbrock, [1, 1], 50)).outcome).toBe('stuck');
  });

  it('takes no more evaluations than it may', async () => {
    let calls = 0;
    const uphill: Evaluate = async (x) => ({ loss: calls++, gradient: x });
    const step = await optimizer.step(
      optimizer.start(Float32Array.of(1), await uphill(Float32Array.of(1))),
      uphill,
      3,
    );
    expect(step).toMatchObject({ evaluations: 3, outcome: 'unfinished' });
    expect(calls).toBe(4);
  });
});

describe('Adam', () => {
  it('walks down Rosenbrock’s valley', async () => {
    const { state } = await minimize(adam({ learningRate: 0.02, averaging: 0 }), rosenbrock, [-1.2, 1], 3000);
    expect(state.loss).toBeLessThan(1e-3);
  });

  it('moves each value by the learning rate in its first step', async () => {
    const optimizer = adam({ learningRate: 0.1, averaging: 0 });
    const x = Float32Array.of(-1.2, 1);
    const { state } = await optimizer.step(optimizer.start(x, await rosenbrock(x)), rosenbrock, 1);
    expect(state.x[0]).toBeCloseTo(-1.1, 5);
    expect(state.x[1]).toBeCloseTo(1.1, 5);
  });

  it('shows the average of its iterates, corrected for its start at zero', async () => {
    const optimizer = adam({ learningRate: 0.1, averaging: 0.9 });
    const slope: Evaluate = async (x) => ({ loss: 100 + (x[0] as number), gradient: Float32Array.of(1) });
    const { state } = await minimize(optimizer, slope, [0], 3);
    const [first, second] = [-0.1, -0.2];
    const expected = (0.9 * 0.1 * first + 0.1 * second) / (1 - 0.9 ** 2);
    expect(optimizer.best(state)[0]).toBeCloseTo(expected, 5);
    expect(state.x[0]).toBeCloseTo(second, 5);
  });

  it('undoes a step that diverges and takes a shorter one', async () => {
    const cliff: Evaluate = async (x) =>
      (x[0] as number) < -0.05
        ? { loss: Number.NaN, gradient: x }
        : { loss: 1, gradient: Float32Array.of(1) };
    const optimizer = adam({ learningRate: 0.1, averaging: 0 });
    const x = Float32Array.of(0);
    const step = await optimizer.step(optimizer.start(x, await cliff(x)), cliff, 10);
    expect(step).toMatchObject({ outcome: 'descended', evaluations: 2 });
    expect(step.state.x[0]).toBeCloseTo(-0.025, 5);
  });
});
