import {
  type APIActionRowComponent,
  type APIButtonComponent,
  ApplicationCommandOptionType,
  ButtonStyle,
  type Client,
  ComponentType,
  Events,
  type Interaction,
  MessageFlags,
  type SendableChannels,
} from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectClient } from '../../support/discord/client.ts';
import type { Human } from '../../support/discord/human.ts';
import type { Channel } from '../../support/discord/model/channel.ts';
import type { Guild } from '../../support/discord/model/guild.ts';
import type { Message } from '../../support/discord/model/message.ts';
import type { FakeDiscord } from '../../support/discord/server.ts';
import { openDiscord } from '../../support/discord-stage.ts';

const ROW: APIActionRowComponent<APIButtonComponent> = {
  type: ComponentType.ActionRow,
  components: [
    { type: ComponentType.Button, style: ButtonStyle.Secondary, emoji: { name: '➕' }, custom_id: 'more' },
  ],
};

describe('Answers on the fake Discord', () => {
  let server: FakeDiscord;
  let client: Client<true>;
  let guild: Guild;
  let channel: Channel;
  let ann: Human;
  let target: SendableChannels;

  beforeEach(async () => {
    ({ server, guild, channel, ann } = await openDiscord());
    client = await connectClient(server);
    await client.application.commands.set([
      {
        name: 'limits',
        description: 'Limits',
        options: [
          {
            name: 'set',
            description: 'Sets',
            type: ApplicationCommandOptionType.Subcommand,
            options: [{ name: 'user', description: 'Whose', type: ApplicationCommandOptionType.User }],
          },
        ],
      },
    ]);
    const found = await client.channels.fetch(channel.id);
    if (!found?.isSendable()) throw new Error('The channel takes no messages.');
    target = found;
  });
  afterEach(async () => {
    expect(server.violations).toEqual([]);
    await client.destroy();
    await server.close();
  });

  const handle = (handler: (interaction: Interaction) => Promise<unknown>) =>
    client.on(Events.InteractionCreate, (interaction) => {
      handler(interaction).catch((error: Error) => server.world.violate(`${error.stack}`));
    });
  async function withButton(): Promise<Message> {
    await target.send({ content: 'result', components: [ROW] });
    const [message] = channel.messages;
    if (!message) throw new Error('There is no message.');
    return message;
  }

  it('take the place of thinking with their first follow-up, and add to it afterwards', async () => {
    handle(async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      expect(interaction.options.getSubcommand()).toBe('set');
      expect(interaction.options.getUser('user')?.id).toBe(ann.id);
      await interaction.deferReply();
      await interaction.followUp('first');
      await interaction.followUp({ content: 'second', flags: MessageFlags.Ephemeral });
    });
    const use = await ann.slash(channel, 'limits', { user: ann }, 'set');
    const second = await use.reply(1);
    expect(use.replies.map(({ content, ephemeral }) => [content, ephemeral])).toEqual([
      ['first', false],
      ['second', true],
    ]);
    expect(channel.messages.map(({ content }) => content)).toEqual(['first']);
    expect(second.reference?.message).toBe(channel.messages[0]);
  });

  it('come back to the bot when it asks for them, and go when it deletes them', async () => {
    handle(async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      const { resource } = await interaction.reply({ content: 'here', withResponse: true });
      expect(resource?.message?.content).toBe('here');
      expect((await interaction.fetchReply()).id).toBe(resource?.message?.id);
      await interaction.deleteReply();
    });
    const use = await ann.slash(channel, 'limits', {}, 'set');
    await server.until(() => use.replies[0]?.deleted);
    expect(channel.messages).toEqual([]);
  });

  it('change the message whose button was pressed', async () => {
    const message = await withButton();
    handle(async (interaction) => {
      if (!interaction.isButton()) return;
      if (interaction.message.content === 'result') await interaction.update('updated');
      else {
        await interaction.deferUpdate();
        await interaction.editReply({ content: 'updated again', components: [] });
      }
    });
    await ann.click(message, '➕');
    expect(message.content).toBe('updated');
    await ann.click(message, 'more');
    await server.until(() => message.content === 'updated again');
    await expect(ann.click(message, 'more')).rejects.toThrow('There is no button');
  });

  it('to a button can be seen by its presser alone', async () => {
    const message = await withButton();
    handle(async (interaction) => {
      if (interaction.isButton())
        await interaction.reply({ content: 'yours', flags: MessageFlags.Ephemeral });
    });
    const pressed = await ann.click(message, 'more');
    expect((await pressed.reply()).content).toBe('yours');
    expect(channel.messages).toEqual([message]);
  });

  it('refer to the message that they reply to', async () => {
    const said = ann.say(channel, 'look');
    const sent = await target.send({ content: 'seen', reply: { messageReference: said.id } });
    expect((await sent.fetchReference()).content).toBe('');
    expect(channel.messages[1]?.reference?.message).toBe(said);
    await expect(target.send({ content: 'seen', reply: { messageReference: '1' } })).rejects.toMatchObject({
      code: 50035,
    });
  });

  it('reach a thread that the bot closes and opens again', async () => {
    const sent = await target.send('start');
    const thread = await sent.startThread({ name: 'A painting' });
    await thread.setArchived(true);
    expect(channel.threads[0]?.thread?.archived).toBe(true);
    await thread.setArchived(false);
    await thread.send('inside');
    ann.say(channel.threads[0] as Channel, 'me too');
    expect(channel.threads[0]?.messages.map(({ author }) => author.username)).toEqual(['Impasto', 'Ann']);
    await sent.delete();
    expect(channel.messages).toEqual([]);
  });

  it('end when the bot leaves', async () => {
    await client.guilds.cache.get(guild.id)?.leave();
    expect(guild.hasBot).toBe(false);
    await expect(target.send('still here')).rejects.toMatchObject({ code: 50001 });
    await expect(ann.slash(channel, 'limits', {}, 'set')).rejects.toThrow('not in this server');
  });

  it('are found by commands in direct messages, too', async () => {
    handle(async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      expect(interaction.inGuild()).toBe(false);
      await interaction.reply('here');
    });
    await ann.slash(ann.direct, 'limits', {}, 'set');
    expect(ann.direct.messages.map(({ content }) => content)).toEqual(['here']);
  });
});
