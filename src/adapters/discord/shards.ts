import { scopeOfToken } from '../scope.ts';

/** Some of the connections to Discord's gateway that a bot has in all, for one process of several. */
export interface ShardRange {
  /** First and last id; ids begin at 0. */
  readonly from: number;
  readonly to: number;
  /** How many shards there are in all. */
  readonly of: number;
}

/** Which connections a process opens: as many as Discord recommends, so many, or a range. */
export type Shards = 'auto' | number | ShardRange;

/** discord.js' options for it. */
export function shardOptions(shards: Shards) {
  if (shards === 'auto') return { shards };
  const { from, to, of } = rangeOf(shards);
  // A number alone would be the id of one shard.
  return { shards: Array.from({ length: to - from + 1 }, (_, index) => from + index), shardCount: of };
}

/** What of Discord a bot serves over these connections, for people and for {@link ChatAdapter.scope}. */
export function scopeOf(shards: Shards, token: string): string {
  const bot = scopeOfToken('discord', token);
  return typeof shards === 'object' ? `${bot} ${shards.from}-${shards.to}/${shards.of}` : bot;
}

/**
 * Whether a server's events come over these connections: Discord sends them to the shard with the number
 * (server >> 22) mod all; direct messages go to shard 0.
 */
export function receives(shards: Shards, server: string): boolean {
  if (typeof shards !== 'object') return true;
  const shard = server.startsWith('@') ? 0 : Number((BigInt(server) >> 22n) % BigInt(shards.of));
  return shards.from <= shard && shard <= shards.to;
}

/** The share of all that falls to these connections, more than 0 and at most 1. */
export function shareOf(shards: Shards): number {
  return typeof shards === 'object' ? (shards.to - shards.from + 1) / shards.of : 1;
}

function rangeOf(shards: number | ShardRange): ShardRange {
  return typeof shards === 'object' ? shards : { from: 0, to: shards - 1, of: shards };
}
