import {
  AttachmentBuilder,
  type ChatInputCommandInteraction,
  type Client,
  ComponentType,
  Events,
  ApplicationCommandOptionType as Option,
  Routes,
  type SendableChannels,
} from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectClient } from '../../support/discord/client.ts';
import type { Human } from '../../support/discord/human.ts';
import type { Channel } from '../../support/discord/model/channel.ts';
import type { Guild } from '../../support/discord/model/guild.ts';
import type { FakeDiscord } from '../../support/discord/server.ts';
import { openDiscord } from '../../support/discord-stage.ts';

const MINUTE = 60_000;
const PAINT = { name: 'paint', description: 'Paints' };
const file = (length: number) => new AttachmentBuilder(Buffer.alloc(length, 7), { name: 'a.png' });

const asError = (caught: unknown) => caught as Error;

describe('The fake Discord refuses what Discord refuses:', () => {
  let server: FakeDiscord;
  let client: Client<true>;
  let guild: Guild;
  let channel: Channel;
  let ann: Human;
  let target: SendableChannels;

  beforeEach(async () => {
    ({ server, guild, channel, ann } = await openDiscord({ uploadLimit: 1000 }));
    client = await connectClient(server);
    const found = await client.channels.fetch(channel.id);
    if (!found?.isSendable()) throw new Error('The channel takes no messages.');
    target = found;
  });
  afterEach(async () => {
    await client.destroy();
    await server.close();
  });

  const register = (...commands: object[]) =>
    client.rest.put(Routes.applicationCommands(client.application.id), { body: commands });

  /** Uses a command and leaves it to the test to answer. */
  async function used(): Promise<{ interaction: ChatInputCommandInteraction; outcome: Promise<unknown> }> {
    await register(PAINT);
    const got = new Promise<ChatInputCommandInteraction>((resolve) => {
      client.once(Events.InteractionCreate, (each) => resolve(each as ChatInputCommandInteraction));
    });
    const outcome = ann.slash(channel, 'paint').catch((error: Error) => error.message);
    return { interaction: await got, outcome };
  }

  it('a file above the limit of the place', async () => {
    await expect(target.send({ files: [file(1001)] })).rejects.toMatchObject({ code: 40005, status: 413 });
    await target.send({ files: [file(1000)] });
  });

  it('an acknowledgement after more than three seconds', async () => {
    const { interaction, outcome } = await used();
    server.clock.advance(3001);
    expect(await outcome).toBe('The application did not respond');
    await expect(interaction.deferReply()).rejects.toMatchObject({ code: 10062 });
    expect(server.violations.some((each) => each.includes('answered after'))).toBe(true);
  });

  it('a second acknowledgement', async () => {
    const { interaction, outcome } = await used();
    await interaction.deferReply();
    await outcome;
    const again = client.rest.post(Routes.interactionCallback(interaction.id, interaction.token), {
      body: { type: 5 },
      auth: false,
    });
    await expect(again).rejects.toMatchObject({ code: 40060 });
  });

  it('a token older than fifteen minutes', async () => {
    const { interaction, outcome } = await used();
    await interaction.deferReply();
    await outcome;
    server.clock.advance(16 * MINUTE);
    await expect(interaction.editReply('late')).rejects.toMatchObject({ code: 50027, status: 401 });
  });

  it('what the bot has no permission for, and says which kind it is', async () => {
    const bot = { account: server.account };
    channel.deny(bot, ['SendMessages']);
    await expect(target.send('hello')).rejects.toMatchObject({ code: 50013 });
    channel.allow(bot, ['SendMessages']);
    const message = await target.send('hello');
    channel.deny(bot, ['AttachFiles', 'AddReactions', 'CreatePublicThreads']);
    await expect(target.send({ files: [file(1)] })).rejects.toMatchObject({ code: 50013 });
    await expect(message.react('➕')).rejects.toMatchObject({ code: 50013 });
    await expect(message.startThread({ name: 'A painting' })).rejects.toMatchObject({ code: 50013 });
    channel.deny(bot, ['ViewChannel']);
    await expect(message.edit('changed')).rejects.toMatchObject({ code: 50001 });
  });

  it('a role that was changed counts at once, in threads too', async () => {
    const message = await target.send('start');
    const thread = await message.startThread({ name: 'A painting' });
    channel.deny(guild.botRole, ['AttachFiles']);
    await expect(thread.send({ files: [file(1)] })).rejects.toMatchObject({ code: 50013 });
    guild.botRole.setPermissions(['ViewChannel', 'SendMessages']);
    await expect(thread.send('inside')).rejects.toMatchObject({ code: 50013 });
  });

  it('messages in places that are gone, and messages that are', async () => {
    const message = await target.send('hello');
    const body = { body: { content: 'changed' } };
    await message.delete();
    await expect(
      client.rest.patch(Routes.channelMessage(channel.id, message.id), body),
    ).rejects.toMatchObject({
      code: 10008,
    });
    channel.delete();
    await expect(client.rest.post(Routes.channelMessages(channel.id), body)).rejects.toMatchObject({
      code: 10003,
    });
  });

  it('malformed messages, with a path to every error', async () => {
    const button = { type: ComponentType.Button, style: 1, label: 'x'.repeat(81), custom_id: 'same' };
    const body = {
      content: 'x'.repeat(2001),
      components: [{ type: ComponentType.ActionRow, components: [button, { ...button, label: 'ok' }] }],
      allowed_mentions: { parse: ['users'], users: [ann.id] },
    };
    const error = (await client.rest
      .post(Routes.channelMessages(channel.id), { body })
      .catch(asError)) as Error;
    expect(error).toMatchObject({ code: 50035, status: 400 });
    expect(error.message).toMatch(/content\[BASE_TYPE_BAD_LENGTH\]/);
    expect(error.message).toMatch(/components\[0\]\.components\[0\]\.label/);
    expect(error.message).toMatch(
      /components\[0\]\.components\[1\]\.custom_id\[COMPONENT_CUSTOM_ID_DUPLICATED\]/,
    );
    expect(error.message).toMatch(/allowed_mentions\.parse/);
  });

  it('more than twenty emoji on a message', async () => {
    server.limits.enforced = false;
    const message = await target.send('hello');
    for (let index = 0; index < 20; index++) await message.react(String.fromCodePoint(0x1f600 + index));
    await expect(message.react('➕')).rejects.toMatchObject({ code: 30010 });
  });

  it('many edits to messages older than an hour', async () => {
    server.world.options.oldEdits.status = 400;
    const message = await target.send('hello');
    server.clock.advance(61 * MINUTE);
    for (const text of ['one', 'two', 'three']) await message.edit(text);
    await expect(message.edit('four')).rejects.toMatchObject({ code: 30046 });
  });

  it('routes that it does not have, and notes them', async () => {
    await expect(client.rest.get('/sticker-packs')).rejects.toMatchObject({ status: 404 });
    expect(server.violations).toEqual(['unknown route: GET /api/v10/sticker-packs']);
  });

  const option = { name: 'size', description: 'Size', type: Option.Integer };
  const many = <Value>(length: number, make: (index: number) => Value) =>
    Array.from({ length }, (_, index) => make(index));
  it.each<[string, object[], RegExp]>([
    ['a name in capitals', [{ ...PAINT, name: 'Paint' }], /name\[APPLICATION_COMMAND_INVALID_NAME\]/],
    ['a name with a space', [{ ...PAINT, name: 'paint it' }], /name\[APPLICATION_COMMAND_INVALID_NAME\]/],
    ['a name twice', [PAINT, PAINT], /DUPLICATE_NAME/],
    [
      'a long description',
      [{ ...PAINT, description: 'x'.repeat(101) }],
      /description\[BASE_TYPE_BAD_LENGTH\]/,
    ],
    ['no description', [{ name: 'paint' }], /description\[BASE_TYPE_REQUIRED\]/],
    ['a description in a menu', [{ name: 'Paint', type: 3, description: 'x' }], /INVALID_DESCRIPTION/],
    [
      '26 options',
      [{ ...PAINT, options: many(26, (index) => ({ ...option, name: `o${index}` })) }],
      /options\[BASE_TYPE_MAX_LENGTH\]/,
    ],
    [
      'a required option after an optional one',
      [{ ...PAINT, options: [option, { ...option, name: 'other', required: true }] }],
      /REQUIRED_INVALID/,
    ],
    [
      '26 choices',
      [{ ...PAINT, options: [{ ...option, choices: many(26, (value) => ({ name: `c${value}`, value })) }] }],
      /choices\[BASE_TYPE_MAX_LENGTH\]/,
    ],
    [
      'autocomplete with choices',
      [{ ...PAINT, options: [{ ...option, autocomplete: true, choices: [{ name: 'one', value: 1 }] }] }],
      /AUTOCOMPLETE_CHOICES/,
    ],
    [
      'a range of a text',
      [{ ...PAINT, options: [{ ...option, type: Option.String, min_value: 1 }] }],
      /min_value/,
    ],
    ['a half as a whole number', [{ ...PAINT, options: [{ ...option, max_value: 0.5 }] }], /max_value/],
    ['16 menu commands', many(16, (index) => ({ name: `Paint ${index}`, type: 3 })), /TOO_MANY/],
    ['101 commands', many(101, (index) => ({ ...PAINT, name: `paint${index}` })), /TOO_MANY/],
    [
      'more than 8,000 characters',
      [
        {
          ...PAINT,
          options: many(4, (index) => ({
            ...option,
            type: Option.String,
            name: `o${index}`,
            choices: many(25, (each) => ({
              name: `${each}`.padStart(50, 'n'),
              value: `${each}`.padStart(50, 'v'),
            })),
          })),
        },
      ],
      /TOO_LARGE/,
    ],
  ])('commands with %s', async (_, commands, path) => {
    const error = (await register(...commands).catch(asError)) as Error;
    expect(error).toMatchObject({ code: 50035, status: 400 });
    expect(error.message).toMatch(path);
    expect(await client.application.commands.fetch()).toHaveProperty('size', 0);
  });

  it('what a person may not use, or not with such options', async () => {
    const guarded = { name: 'limits', description: 'Limits', default_member_permissions: '32' };
    const ranged = { ...option, type: Option.Number, min_value: 0, max_value: 2, required: true };
    await register({ ...PAINT, options: [ranged] }, guarded);
    const refused = expect.objectContaining({ name: 'ClientRefusal' });
    await expect(ann.slash(channel, 'limits')).rejects.toEqual(refused);
    await expect(ann.slash(channel, 'paint')).rejects.toEqual(refused);
    await expect(ann.slash(channel, 'paint', { size: 3 })).rejects.toEqual(refused);
    await expect(ann.slash(channel, 'paint', { other: 1 })).rejects.toEqual(refused);
    await expect(ann.slash(channel, 'unknown')).rejects.toEqual(refused);
  });

  it('a form that is malformed', async () => {
    const { interaction, outcome } = await used();
    const input = { type: ComponentType.TextInput, style: 1, custom_id: 'same' };
    const row = { type: ComponentType.Label, label: 'x'.repeat(46), component: input };
    const show = async (rows: object[]) => {
      const modal = { custom_id: 'form', title: 'x'.repeat(46), components: rows };
      return (await interaction.showModal(modal as never).catch(asError)) as Error;
    };
    expect((await show([])).message).toMatch(/data\.components\[BASE_TYPE_BAD_LENGTH\]/);
    const { message } = await show([row, row]);
    expect(message).toMatch(/data\.title/);
    expect(message).toMatch(/components\[0\]\.label/);
    expect(message).toMatch(/components\[1\]\.component\.custom_id/);
    await interaction.reply('instead');
    await outcome;
  });
});
