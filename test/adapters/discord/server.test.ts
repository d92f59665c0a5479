import {
  type APIModalInteractionResponseCallbackData,
  type ApplicationCommandDataResolvable,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  AttachmentBuilder,
  ButtonStyle,
  type Client,
  ComponentType,
  Events,
  type Interaction,
  MessageFlags,
  Routes,
} from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectClient } from '../../support/discord/client.ts';
import type { Human } from '../../support/discord/human.ts';
import type { Channel } from '../../support/discord/model/channel.ts';
import type { Guild } from '../../support/discord/model/guild.ts';
import type { FakeDiscord } from '../../support/discord/server.ts';
import { openDiscord } from '../../support/discord-stage.ts';

const COMMANDS: ApplicationCommandDataResolvable[] = [
  {
    name: 'stylize',
    description: 'Paints a picture',
    options: [
      {
        name: 'content',
        description: 'The photograph',
        type: ApplicationCommandOptionType.Attachment,
        required: true,
      },
      {
        name: 'strength',
        description: 'How much',
        type: ApplicationCommandOptionType.Number,
        minValue: 0,
        maxValue: 2,
      },
      {
        name: 'style_name',
        description: 'Which',
        type: ApplicationCommandOptionType.String,
        autocomplete: true,
      },
    ],
  },
  { name: 'Stylize this picture', type: ApplicationCommandType.Message },
];

const FORM: APIModalInteractionResponseCallbackData = {
  custom_id: 'tweak:1',
  title: 'Tweak',
  components: [
    {
      type: ComponentType.Label,
      label: 'Strength',
      component: { type: ComponentType.TextInput, custom_id: 'strength', style: 1, value: '1' },
    },
    {
      type: ComponentType.Label,
      label: 'Style',
      component: { type: ComponentType.FileUpload, custom_id: 'style', required: false, min_values: 0 },
    },
  ],
};

const file = (length: number, name = 'a.png') => new AttachmentBuilder(Buffer.alloc(length, 7), { name });

describe('The fake Discord, with the unmodified discord.js,', () => {
  let server: FakeDiscord;
  let client: Client<true>;
  let guild: Guild;
  let channel: Channel;
  let ann: Human;
  const handle = (handler: (interaction: Interaction) => Promise<unknown>) =>
    client.on(Events.InteractionCreate, (interaction) => {
      handler(interaction).catch((error: Error) => server.world.violate(`${error.stack}`));
    });

  beforeEach(async () => {
    ({ server, guild, channel, ann } = await openDiscord());
    client = await connectClient(server);
    await client.application.commands.set(COMMANDS);
  });
  afterEach(async () => {
    expect(server.violations).toEqual([]);
    await client.destroy();
    await server.close();
  });

  const writable = async () => {
    const found = await client.channels.fetch(channel.id);
    if (!found?.isSendable()) throw new Error('The channel takes no messages.');
    return found;
  };

  it('carries a command to the bot and its deferred answer to the asker alone', async () => {
    handle(async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      expect(interaction.options.getNumber('strength')).toBe(1);
      expect(interaction.options.getAttachment('content', true)).toMatchObject({
        name: 'picture.png',
        size: 100,
      });
      expect(interaction.attachmentSizeLimit).toBe(10 * 1024 * 1024);
      await interaction.deferReply({ flags: MessageFlags.Ephemeral });
      await interaction.editReply('Good day.');
    });
    const use = await ann.slash(channel, 'stylize', { content: new Uint8Array(100), strength: 1 });
    const reply = await use.reply();
    expect(reply).toMatchObject({ content: 'Good day.', ephemeral: true });
    expect(channel.messages).toEqual([]);
  });

  it('serves the attachment of a command at the address that the bot was told', async () => {
    let url = '';
    handle(async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      url = interaction.options.getAttachment('content', true).url;
      await interaction.reply('Taken.');
    });
    await ann.slash(channel, 'stylize', { content: new Uint8Array(100).fill(3) });
    expect(url).toMatch(/^https:\/\/cdn\.discordapp\.com\/ephemeral-attachments\//);
    const bytes = await (await server.fetchCdn(url)).bytes();
    expect(bytes).toEqual(new Uint8Array(100).fill(3));
  });

  it('proposes what the bot proposes', async () => {
    handle(async (interaction) => {
      if (!interaction.isAutocomplete()) return;
      await interaction.respond([{ name: `${interaction.options.getFocused()}ppy`, value: 'poppy-wash' }]);
    });
    expect(await ann.autocomplete(channel, 'stylize', 'style_name', 'po')).toEqual([
      { name: 'poppy', value: 'poppy-wash' },
    ]);
  });

  it('keeps every form of a message, and replaces the attachment that an edit leaves out', async () => {
    const sent = await (await writable()).send({ content: 'one', files: [file(10)] });
    await sent.edit({ content: 'two', files: [file(20, 'b.png')], attachments: [] });
    const [message] = channel.messages;
    expect(message?.versions.map(({ content }) => content)).toEqual(['one', 'two']);
    expect(message?.attachments.map(({ name, bytes }) => [name, bytes.length])).toEqual([['b.png', 20]]);
  });

  it('keeps the attachments of an edit that does not mention them', async () => {
    const sent = await (await writable()).send({ content: 'one', files: [file(10)] });
    await sent.edit({ content: 'two' });
    expect(channel.messages[0]?.attachments).toHaveLength(1);
  });

  it('notifies only whom the bot may mention', async () => {
    const bob = server.addUser('Bob');
    guild.join(bob);
    await (await writable()).send({
      content: `<@${ann.id}> <@${bob.id}> @everyone`,
      allowedMentions: { users: [ann.id] },
    });
    expect(channel.messages[0]?.notified).toEqual([ann.account]);
  });

  it('takes a message with the same nonce once', async () => {
    const target = await writable();
    const first = await target.send({ content: 'once', nonce: 'key-1', enforceNonce: true });
    const again = await target.send({ content: 'once', nonce: 'key-1', enforceNonce: true });
    expect(again.id).toBe(first.id);
    expect(channel.messages).toHaveLength(1);
  });

  it('opens a thread at a message, and keeps what is said there apart', async () => {
    const sent = await (await writable()).send('start');
    const thread = await sent.startThread({ name: 'A painting' });
    await thread.send('inside');
    const [seen] = channel.threads;
    expect(seen).toMatchObject({ name: 'A painting', id: sent.id });
    expect(seen?.messages.map(({ content }) => content)).toEqual(['inside']);
    const again = client.rest.post(Routes.threads(channel.id, sent.id), { body: { name: 'Another' } });
    await expect(again).rejects.toMatchObject({ code: 160004 });
  });

  it('takes no edit in an archived thread until a message opens it', async () => {
    const sent = await (await writable()).send('start');
    const thread = await sent.startThread({ name: 'A painting' });
    const inside = await thread.send('inside');
    channel.threads[0]?.archive();
    await expect(inside.edit('changed')).rejects.toMatchObject({ code: 50083 });
    await expect(inside.react('➕')).rejects.toMatchObject({ code: 50083 });
    await thread.send('open again');
    await inside.edit('changed');
    expect(channel.threads[0]?.thread?.archived).toBe(false);
  });

  it('tells of a reaction on a message that the client does not know', async () => {
    const sent = await (await writable()).send('result');
    await sent.react('➕');
    sent.channel.messages.cache.clear();
    const reacted = new Promise<[boolean, string | null, string]>((resolve) => {
      client.on(Events.MessageReactionAdd, (reaction, user) => {
        if (user.id === ann.id) resolve([reaction.message.partial, reaction.emoji.name, reaction.message.id]);
      });
    });
    const [message] = channel.messages;
    if (!message) throw new Error('There is no message.');
    ann.react(message, '➕');
    expect(await reacted).toEqual([true, '➕', sent.id]);
    expect(message.reactions.get('➕')).toEqual([server.account, ann.account]);
  });

  it('presses a button, opens a form, and takes a file with it', async () => {
    handle(async (interaction) => {
      if (interaction.isButton()) {
        await interaction.showModal(FORM);
      }
      if (!interaction.isModalSubmit()) return;
      const files = interaction.fields.getUploadedFiles('style', true);
      const strength = interaction.fields.getTextInputValue('strength');
      await interaction.reply(`${strength} ${files.first()?.name} ${files.first()?.size}`);
    });
    await (await writable()).send({
      content: 'result',
      components: [
        {
          type: ComponentType.ActionRow,
          components: [
            {
              type: ComponentType.Button,
              style: ButtonStyle.Secondary,
              label: 'Tweak…',
              customId: 'tweak:1',
            },
          ],
        },
      ],
    });
    const [message] = channel.messages;
    if (!message) throw new Error('There is no message.');
    const pressed = await ann.click(message, 'Tweak…');
    const modal = await pressed.openedModal();
    const sent = await ann.submitModal(modal, {
      fields: { strength: '2' },
      files: { style: [{ name: 'style.png', content: new Uint8Array(50) }] },
    });
    expect((await sent.reply()).content).toBe('2 style.png 50');
  });

  it('hands a message over whole to a command of its menu, and hides it otherwise', async () => {
    const contents: string[] = [];
    client.on(Events.MessageCreate, (message) => contents.push(`event ${message.content}`));
    handle(async (interaction) => {
      if (!interaction.isMessageContextMenuCommand()) return;
      contents.push(
        `menu ${interaction.targetMessage.content} ${interaction.targetMessage.attachments.size}`,
      );
      await interaction.reply({ content: 'Taken.', flags: MessageFlags.Ephemeral });
    });
    const said = ann.say(channel, 'look', [new Uint8Array(10)]);
    await ann.contextMenu('Stylize this picture', said);
    expect(contents).toEqual(['event ', 'menu look 1']);
  });

  it('carries direct messages both ways, and refuses them where the user does', async () => {
    const got = new Promise<string>((resolve) => {
      client.on(Events.MessageCreate, ({ author, content }) => author.id === ann.id && resolve(content));
    });
    const user = await client.users.fetch(ann.id);
    await user.send('for you');
    expect(ann.direct.messages.map(({ content }) => content)).toEqual(['for you']);
    ann.say(ann.direct, 'thank you');
    expect(await got).toBe('thank you');
    ann.takesDirectMessages = false;
    await expect(user.send('more')).rejects.toMatchObject({ code: 50007 });
  });
});
