import {
  Client,
  Events,
  GatewayCloseCodes,
  GatewayIntentBits,
  GatewayOpcodes,
  type SendableChannels,
} from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { connectClient } from '../../support/discord/client.ts';
import type { Human } from '../../support/discord/human.ts';
import type { Channel } from '../../support/discord/model/channel.ts';
import type { Guild } from '../../support/discord/model/guild.ts';
import type { FakeDiscord, FakeDiscordOptions } from '../../support/discord/server.ts';
import { openDiscord } from '../../support/discord-stage.ts';

describe('The gateway of the fake Discord', () => {
  let server: FakeDiscord;
  let guild: Guild;
  let channel: Channel;
  let ann: Human;
  const clients: Client[] = [];

  async function start(options: FakeDiscordOptions = {}): Promise<void> {
    ({ server, guild, channel, ann } = await openDiscord(options));
  }
  async function connect(...args: [Parameters<typeof connectClient>[1]?]): Promise<Client<true>> {
    const client = await connectClient(server, ...args);
    clients.push(client);
    return client;
  }
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.destroy()));
    await server.close();
  });

  const sendable = async (client: Client, { id }: Channel): Promise<SendableChannels> => {
    const found = await client.channels.fetch(id);
    if (!found?.isSendable()) throw new Error('The channel takes no messages.');
    return found;
  };
  const countsMessages = (client: Client) => {
    const ids: string[] = [];
    client.on(Events.MessageCreate, ({ id }) => ids.push(id));
    return ids;
  };

  it.each([
    ['a cut connection', () => server.gateway.drop()],
    ['a request to reconnect', () => server.gateway.reconnect()],
  ])('resumes after %s and loses nothing', async (_, interrupt) => {
    await start();
    const client = await connect();
    const seen = countsMessages(client);
    interrupt();
    await server.until(() => !server.gateway.connected);
    const said = [ann.say(channel, 'one'), ann.say(channel, 'two')];
    await server.until(() => server.gateway.log.some(({ kind }) => kind === 'resume'));
    said.push(ann.say(channel, 'three'));
    await server.until(() => seen.length === 3);
    expect(seen).toEqual(said.map(({ id }) => id));
  });

  it('is left by a client whose heartbeats it does not acknowledge', async () => {
    await start({ heartbeatMs: 50 });
    const client = await connect();
    await server.until(() => client.ws.ping >= 0);
    server.gateway.acknowledges = false;
    await server.until(() => server.gateway.log.some(({ kind }) => kind === 'resume'));
  });

  it('makes a client identify anew when its session is invalid', async () => {
    await start();
    const unhurried = { waitForIdentify: async () => {} };
    // discord.js waits five seconds between two identifications, unless told otherwise.
    const client = await connect({ ws: { buildIdentifyThrottler: async () => unhurried } });
    const ready = new Promise<void>((resolve) => client.once(Events.ShardReady, () => resolve()));
    server.gateway.resumable = false;
    server.gateway.drop();
    await ready;
    expect(server.gateway.log.map(({ kind }) => kind)).toEqual(['identify', 'identify']);
  });

  it('deals servers to shards', async () => {
    await start({ shards: 2 });
    const second = server.addGuild();
    const other = second.addChannel('more');
    second.join(ann);
    const client = await connect({ shards: 'auto' });
    expect(client.ws.shards.size).toBe(2);
    expect([client.guilds.cache.get(guild.id)?.shardId, client.guilds.cache.get(second.id)?.shardId]).toEqual(
      [0, 1],
    );
    const seen: [string, number | undefined][] = [];
    const both = new Promise<void>((resolve) => {
      client.on(Events.MessageCreate, (message) => {
        if (seen.push([message.channelId, message.guild?.shardId]) === 2) resolve();
      });
    });
    ann.say(channel, 'here');
    ann.say(other, 'there');
    await both;
    expect(Object.fromEntries(seen)).toEqual({ [channel.id]: 0, [other.id]: 1 });
  });

  it('tells nothing that a client has no intent for', async () => {
    await start();
    const client = await connect({ intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages] });
    const reactions: string[] = [];
    client.on(Events.MessageReactionAdd, ({ emoji }) => reactions.push(`${emoji.name}`));
    const told = new Promise<void>((resolve) => {
      client.on(Events.MessageCreate, ({ author }) => author.id === ann.id && resolve());
    });
    await (await sendable(client, channel)).send('result');
    const [message] = channel.messages;
    if (!message) throw new Error('There is no message.');
    ann.react(message, '➕');
    ann.say(channel, 'afterwards');
    await told;
    expect(reactions).toEqual([]);
  });

  it('refuses intents that were not granted', async () => {
    await start();
    await expect(
      connect({ intents: [GatewayIntentBits.Guilds, GatewayIntentBits.MessageContent] }),
    ).rejects.toThrow('Used disallowed intents');
  });

  it('refuses a wrong token at the door and at the gateway', async () => {
    await start();
    const client = new Client({ intents: [], rest: { api: server.api } });
    await expect(client.login('another')).rejects.toMatchObject({ code: 'TokenInvalid' });
    const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/?v=10&encoding=json`);
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    const d = { token: 'another', intents: 0, properties: {} };
    socket.on('message', () => socket.send(JSON.stringify({ op: GatewayOpcodes.Identify, d })));
    expect(await closed).toBe(GatewayCloseCodes.AuthenticationFailed);
    expect(server.invalidRequests).toBe(1);
  });

  it('shows what others write to a client with the intent', async () => {
    await start({ grantedIntents: GatewayIntentBits.MessageContent });
    const intents = [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.MessageContent,
    ];
    const client = await connect({ intents });
    const content = new Promise<string>((resolve) =>
      client.once(Events.MessageCreate, (message) => resolve(message.content)),
    );
    ann.say(channel, 'look');
    expect(await content).toBe('look');
  });

  it('delivers an event twice when told to', async () => {
    await start();
    const client = await connect();
    const seen: string[] = [];
    client.on(Events.MessageReactionAdd, ({ message }, { id }) => void seen.push(`${message.id} ${id}`));
    const { id } = await (await sendable(client, channel)).send('result');
    server.gateway.deliveries.set('MESSAGE_REACTION_ADD', 2);
    const [message] = channel.messages;
    if (message) ann.react(message, '➕');
    await server.until(() => seen.length === 2);
    expect(seen).toEqual([`${id} ${ann.id}`, `${id} ${ann.id}`]);
  });

  it('tells of servers that come, go and fail, and of changes in them', async () => {
    await start();
    const client = await connect();
    const happened: string[] = [];
    const note = (name: string) => () => void happened.push(name);
    client.on(Events.GuildUnavailable, note('unavailable'));
    client.on(Events.GuildDelete, note('left'));
    client.on(Events.GuildCreate, note('joined'));
    client.on(Events.ChannelDelete, note('channel gone'));
    client.on(Events.ChannelUpdate, note('overwrites'));
    client.on(Events.GuildRoleUpdate, note('role'));
    const end = new Promise<void>((resolve) => client.once(Events.GuildDelete, () => resolve()));
    channel.deny(ann, ['SendMessages']);
    guild.botRole.setPermissions(['ViewChannel']);
    channel.delete();
    guild.setAvailable(false);
    guild.setAvailable(true);
    server.addGuild();
    guild.kickBot();
    await end;
    expect(happened).toEqual(['overwrites', 'role', 'channel gone', 'unavailable', 'joined', 'left']);
  });

  it('answers with 429 when told to, and sees that the client waits', async () => {
    await start();
    const client = await connect();
    const target = await sendable(client, channel);
    server.fail({ method: 'POST', path: /\/messages$/, retryAfter: 0.2 });
    server.fail({ method: 'POST', path: /\/messages$/, retryAfter: 0.2, global: true });
    await target.send('patient');
    expect(server.requests.filter(({ method }) => method === 'POST').map(({ status }) => status)).toEqual([
      429, 429, 200,
    ]);
    expect(server.violations).toEqual([]);
  });

  it('notes a client that does not wait', async () => {
    await start();
    server.fail({ retryAfter: 60 });
    const ask = () =>
      fetch(`${server.api}/v10/users/@me`, { headers: { authorization: `Bot ${server.token}` } });
    const first = await ask();
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '60']);
    await ask();
    expect(server.violations.join()).toMatch(/before Retry-After was over/);
  });

  it('does what it was asked before it fails, so that the client repeats it under the same nonce', async () => {
    await start();
    const client = await connect();
    server.fail({ method: 'POST', path: /\/messages$/, status: 502, performed: true });
    await (await sendable(client, channel)).send({ content: 'once', nonce: 'key-1', enforceNonce: true });
    expect(channel.messages).toHaveLength(1);
  });

  it('serves attachments with what is odd about them', async () => {
    await start();
    const content = new Uint8Array(10);
    const url = (trick: 'foreign-host' | 'redirect' | 'expired' | 'endless') =>
      ann.say(channel, 'look', [{ name: 'a.png', content, trick }]).attachments[0]?.url() ?? '';
    expect((await server.fetchCdn(url('expired'))).status).toBe(404);
    await expect(server.fetchCdn(url('foreign-host'))).rejects.toThrow('fetch failed');
    await expect(server.fetchCdn(url('redirect'))).rejects.toThrow('fetch failed');
    const abort = new AbortController();
    const endless = await server.fetchCdn(url('endless'), { signal: abort.signal });
    let bytes = 0;
    const reading = (async () => {
      for await (const chunk of endless.body ?? []) {
        bytes += chunk.length;
        if (bytes > 200_000) abort.abort();
      }
    })();
    await expect(reading).rejects.toThrow();
    const [message] = channel.messages;
    server.clock.advance(25 * 3600_000);
    expect((await server.fetchCdn(message?.attachments[0]?.url() ?? '')).status).toBe(404);
  });

  it('holds two hundred people in fifty servers at once', async () => {
    await start({ shards: 2 });
    const client = await connect({ shards: 'auto' });
    await client.application.commands.set([{ name: 'paint', description: 'Paints' }]);
    client.on(Events.InteractionCreate, (interaction) => {
      if (interaction.isChatInputCommand())
        void interaction.deferReply().then(() => interaction.editReply('Done.'));
    });
    const channels = Array.from({ length: 49 }, () => server.addGuild().addChannel());
    channels.push(channel);
    const uses = Array.from({ length: 200 }, async (_, index) => {
      const place = channels[index % channels.length] as Channel;
      const person = server.addUser(`Person ${index}`);
      place.guild?.join(person);
      const use = await person.slash(place, 'paint');
      return (await use.reply()).content;
    });
    expect(new Set(await Promise.all(uses))).toEqual(new Set(['Done.']));
    expect(server.interactions.every(({ acknowledgedAfterMs = 9999 }) => acknowledgedAfterMs < 3000)).toBe(
      true,
    );
    expect(server.violations).toEqual([]);
  });
});
