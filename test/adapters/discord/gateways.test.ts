import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DiscordStage, openDiscord } from '../../support/discord-stage.ts';
import { painting, photo } from '../../support/instance.ts';
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

async function start(options: Parameters<DiscordStage['connect']>[0]): Promise<WholeBot> {
  const bot = await startWholeBot((log) => stage.connect({ editIntervalMs: 20, log, ...options }), {});
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
