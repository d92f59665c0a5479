import { describe, expect, it } from 'vitest';
import {
  receives,
  type Shards,
  scopeOf,
  shardOptions,
  shareOf,
} from '../../../src/adapters/discord/shards.ts';

/** The id of a server that Discord sends to this shard of four. */
const serverOf = (shard: number) => String((BigInt(1_000_000 + shard) << 22n) + 77n);

describe('the shards of a process', () => {
  const range: Shards = { from: 1, to: 2, of: 4 };

  it('are those of its range, of as many as there are in all', () => {
    expect(shardOptions(range)).toEqual({ shards: [1, 2], shardCount: 4 });
    expect(shardOptions(2)).toEqual({ shards: [0, 1], shardCount: 2 });
    expect(shardOptions('auto')).toEqual({ shards: 'auto' });
  });

  it('receive the servers whose number falls to them, and direct messages with shard 0', () => {
    expect([0, 1, 2, 3].map((shard) => receives(range, serverOf(shard)))).toEqual([false, true, true, false]);
    expect(receives(range, '@77')).toBe(false);
    expect(receives({ from: 0, to: 0, of: 4 }, '@77')).toBe(true);
  });

  it('receive every server where the process has all shards', () => {
    expect(receives('auto', serverOf(3))).toBe(true);
    expect(receives(2, serverOf(3))).toBe(true);
  });

  it('have a name of their own, and their share of the requests', () => {
    expect(scopeOf(range, 'token')).toMatch(/^discord [0-9a-f]{8} 1-2\/4$/);
    expect(scopeOf('auto', 'token')).not.toBe(scopeOf('auto', 'of another bot'));
    expect([shareOf(range), shareOf(8)]).toEqual([0.5, 1]);
  });
});
