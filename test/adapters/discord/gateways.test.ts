import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import type { Logger } from '../../../src/ops/log.ts';
import { type DiscordStage, openDiscord } from '../../support/discord-stage.ts';
import { painting, photo } from '../../support/instance.ts';
import { noRedis, RedisServer } from '../../support/redis.ts';
import { NotingBot } from '../../support/studio.ts';
import { startWholeBot, type WholeBot } from '../../support/whole-bot.ts';

let stage: DiscordStage;
let bots: WholeBot[];
beforeEach(async () => {
  stage = await openDiscord({ rateLimits: false, shards: 2 });
  bots = [];
});
afterEach(async () => {
  for (const bot of bots) await bot.stop();
  await stage.server.close();
  for (const bot of bots) await bot.remove();
});

async function start(
  options: Parameters<DiscordStage['connect']>[0],
  environment: Record<string, string> = {},
): Promise<WholeBot> {
  const connect = (log: Logger) => stage.connect({ editIntervalMs: 20, log, ...options });
  const bot = await startWholeBot(connect, { environment });
  bots.push(bot);
  return bot;
}

it('Two gateways with a shard each serve the servers of theirs', async () => {
  const other = stage.server.addGuild();
  const elsewhere = other.addChannel('elsewhere');
  other.join(stage.ann);
  const gateways = [
    await start({ shards: { from: 0, to: 0, of: 2 } }),
    await start({ shards: { from: 1, to: 1, of: 2 } }),
  ];
  const shards = stage.server.gateway.log.filter(({ kind }) => kind === 'identify').map(({ shard }) => shard);
  expect(shards).toEqual([0, 1]);
  for (const channel of [stage.channel, elsewhere]) {
    const shard = Number((BigInt(channel === elsewhere ? other.id : stage.guild.id) >> 22n) % 2n);
    await stage.ann.slash(channel, 'stylize', { content: photo, style: painting });
    await (await (gateways[shard] as WholeBot).easel.next()).finish();
    const thread = await stage.server.until(() => channel.threads[0]);
    await stage.server.until(() => thread.messages.find(({ content }) => content.includes('ready')));
  }
  expect(stage.server.violations).toEqual([]);
});

it.skipIf(noRedis)(
  `forget-me erases what the user asked for where another gateway serves (${noRedis ?? 'Redis'})`,
  async () => {
    const redis = await RedisServer.start();
    onTestFinished(() => redis.stop());
    const data = await mkdtemp(path.join(os.tmpdir(), 'impasto-gateways-'));
    onTestFinished(() => rm(data, { recursive: true }));
    const other = stage.server.addGuild();
    const elsewhere = other.addChannel('elsewhere');
    other.join(stage.ann);
    const shardOf = (guild: string) => (BigInt(guild) >> 22n) % 2n;
    expect(shardOf(other.id)).not.toBe(shardOf(stage.guild.id));
    const environment = { IMPASTO_REDIS_URL: redis.url, IMPASTO_DATA: data };
    const gateways = [
      await start({ shards: { from: 0, to: 0, of: 2 } }, environment),
      await start({ shards: { from: 1, to: 1, of: 2 } }, environment),
    ];
    await stage.ann.slash(elsewhere, 'stylize', { content: photo, style: painting });
    const thread = await stage.server.until(() => elsewhere.threads[0]);
    await Promise.race(gateways.map(({ easel }) => easel.next()));
    const use = await stage.ann.slash(stage.channel, 'forget-me', { confirm: true });
    expect((await use.reply()).content).toMatch(/^Erased: 1 job, .* I know nothing of you any longer\./);
    await stage.server.until(() => thread.messages.every(({ deleted }) => deleted));
  },
);

it('An interaction that reaches two gateways is handled by the one that claims it', async () => {
  const claimed: string[] = [];
  const asked = new EventEmitter();
  const bots = [new NotingBot(), new NotingBot()];
  const adapters = bots.map((bot) => {
    bot.claim = async (id) => {
      asked.emit('claim', claimed.push(id));
      return claimed.length === 1;
    };
    return stage.connect();
  });
  for (const [index, adapter] of adapters.entries()) await adapter.start(bots[index] as NotingBot);
  const bothAsked = once(asked, 'claim').then(() => once(asked, 'claim'));
  await stage.ann.slash(stage.channel, 'stylize', { content: photo, style: painting });
  await bothAsked;
  for (const adapter of adapters) await adapter.stop();
  expect(claimed[0]).toBe(claimed[1]);
  expect(bots.flatMap(({ commands }) => commands)).toHaveLength(1);
  for (const adapter of adapters) await adapter.close();
});
