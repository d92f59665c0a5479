import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pace } from '../../../src/adapters/slack/pace.ts';

describe('the pace of calls', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('lets no more than its number through in a minute, in their order', async () => {
    const pace = new Pace(2);
    const done: number[] = [];
    for (const call of [1, 2, 3, 4, 5]) void pace.next().then(() => done.push(call));
    await vi.advanceTimersByTimeAsync(59_999);
    expect(done).toEqual([1, 2]);
    await vi.advanceTimersByTimeAsync(1);
    expect(done).toEqual([1, 2, 3, 4]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(done).toEqual([1, 2, 3, 4, 5]);
  });

  it('lets none through while Slack has said to wait', async () => {
    const pace = new Pace(100);
    pace.block(30_000);
    let done = false;
    void pace.next().then(() => {
      done = true;
    });
    await vi.advanceTimersByTimeAsync(29_999);
    expect(done).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(done).toBe(true);
  });
});
