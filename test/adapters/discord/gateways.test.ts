import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DiscordStage, openDiscord } from '../../support/discord-stage.ts';
import { painting, photo } from '../../support/instance.ts';
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
  const claimed = new Set<string>();
  const claim = async (event: string) => !claimed.has(event) && claimed.add(event) !== undefined;
  const [first, second] = [await start({ claim }), await start({ claim })] as const;
  const started = Promise.race([first.easel.next(), second.easel.next()]);
  await stage.ann.slash(stage.channel, 'stylize', { content: photo, style: painting });
  await (await started).finish();
  const thread = await stage.server.until(() => stage.channel.threads[0]);
  await stage.server.until(() => thread.messages.find(({ content }) => content.includes('ready')));
  expect(claimed.size).toBe(1);
  expect(stage.channel.threads).toHaveLength(1);
  expect(stage.server.violations).toEqual([]);
});
