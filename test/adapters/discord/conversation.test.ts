import { PermissionFlagsBits } from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import { BOT_PERMISSIONS } from '../../support/discord/model/guild.ts';
import { type DiscordInstance, startDiscordInstance } from '../../support/discord-stage.ts';
import { painting, photo } from '../../support/instance.ts';

let test: DiscordInstance;
const open = async (...args: Parameters<typeof startDiscordInstance>) => {
  test = await startDiscordInstance(...args);
};
afterEach(() => test[Symbol.asyncDispose]());

const pictures = { content: photo, style: painting };
const stylize = (options = {}, channel = test.channel) =>
  test.ann.slash(channel, 'stylize', { ...pictures, ...options });

/** A result of Ann's in a thread. */
async function painted(options = {}) {
  await stylize(options);
  await (await test.easel.next()).finish();
  return test.message('your picture is ready');
}

describe('a request in Discord', () => {
  it('made in a thread stays there', async () => {
    await open();
    const first = await painted();
    await stylize({}, first.channel);
    await (await test.easel.next()).finish();
    await test.server.until(
      () => first.channel.messages.filter(({ content }) => content.includes('ready'))[1],
    );
    expect(test.channel.threads).toHaveLength(1);
  });

  it('where no thread can be opened is answered in place, and says once what is missing', async () => {
    await open();
    test.channel.deny(test.guild.botRole, ['CreatePublicThreads']);
    await painted();
    await stylize();
    await (await test.easel.next()).finish();
    await test.server.until(
      () => test.channel.messages.filter(({ content }) => content.includes('ready'))[1],
    );
    const told = test.channel.messages.filter(({ versions }) =>
      versions.some(({ content }) =>
        content.includes('I can open no thread here: I lack Create Public Threads.'),
      ),
    );
    expect(told).toHaveLength(1);
    expect(test.server.violations).toEqual([]);
  });

  it('works in direct messages', async () => {
    await open();
    await stylize({}, test.ann.direct);
    await (await test.easel.next()).finish();
    const result = await test.message('your picture is ready');
    expect(result.channel).toBe(test.ann.direct);
    test.ann.react(result, '➕');
    expect((await test.easel.next()).task.options.strength).toBe(0.5);
  });

  it('that is refused is answered to its author alone', async () => {
    await open();
    const reply = await (await test.ann.slash(test.channel, 'stylize', { content: photo })).reply();
    expect(reply).toMatchObject({ ephemeral: true, content: expect.stringContaining('There is no style') });
    expect(test.channel.messages).toEqual([]);
  });

  it('is completed with the names of styles', async () => {
    await open();
    const choices = await test.ann.autocomplete(test.channel, 'stylize', 'style_name', 'popp');
    expect(choices[0]).toEqual({ name: 'poppy-wash', value: 'poppy-wash' });
  });

  it('cannot mention anybody by the name of its author or its style', async () => {
    await open();
    const eve = test.server.addUser('@everyone **<@1>**');
    test.guild.join(eve);
    await eve.slash(test.channel, 'stylize', { content: photo, style: { ...painting, name: '@here.png' } });
    await (await test.easel.next()).finish();
    await test.message('your picture is ready');
    const notified = [test.channel, ...test.channel.threads].flatMap(({ messages }) =>
      messages.flatMap((message) => [...message.notified, ...message.mentions.roles]),
    );
    expect(notified).toEqual([eve.account]);
  });

  it('is not opened in a channel that the server has not allowed', async () => {
    await open();
    const ada = test.server.addUser('Ada');
    test.guild.join(ada, { roles: [test.guild.addRole('Keepers', ['ManageGuild'])] });
    const elsewhere = test.guild.addChannel('paintings');
    await ada.slash(test.channel, 'limits', { channel: elsewhere, allowed: true }, 'channel');
    const reply = await (await stylize()).reply();
    expect(reply.content).toContain(`Try <#${elsewhere.id}>`);
  });
});

it('A message of the bot notifies the one whom it is for, and nobody else whom it names', async () => {
  await open();
  test.guild.botRole.setPermissions(BOT_PERMISSIONS | PermissionFlagsBits.MentionEveryone);
  const bob = test.server.addUser('Bob');
  test.guild.join(bob);
  const adapter = test.connect();
  const text = `@everyone <user:${bob.id}> <role:${test.guild.memberRole.id}>`;
  await adapter.post(test.place, { text, mention: test.ann.id }, 'key');
  const posted = await test.message('@everyone');
  expect(posted.content).toContain(`<@${bob.id}> <@&${test.guild.memberRole.id}>`);
  expect(posted.notified).toEqual([test.ann.account]);
  await adapter.close();
});

describe('limits in Discord', () => {
  it('are for those who manage the server, whatever their client shows', async () => {
    await open();
    const [command] = [...(test.server.world.commands.get('') ?? [])].filter(({ name }) => name === 'limits');
    expect(command?.default_member_permissions).toBe('32');
    // A server's admins may show a command to others, who still may not use it.
    if (command) command.default_member_permissions = null;
    const reply = await (await test.ann.slash(test.channel, 'limits', { max_size: 64 }, 'set')).reply();
    expect(reply.content).toContain('for those who manage this server');
  });

  it('that an admin set change a later request, whose author is told', async () => {
    await open();
    const ada = test.server.addUser('Ada');
    test.guild.join(ada, { roles: [test.guild.addRole('Keepers', ['ManageGuild'])] });
    const reply = await (await ada.slash(test.channel, 'limits', { max_size: 256 }, 'set')).reply();
    expect(reply).toMatchObject({ ephemeral: false, content: expect.stringContaining('1024 → 256') });
    await stylize({ size: 512 });
    await test.message('The largest size here is 256 px; you asked for 512.');
  });

  it('count a role’s members by the roles that Discord tells', async () => {
    await open();
    const ada = test.server.addUser('Ada');
    test.guild.join(ada, { roles: [test.guild.addRole('Keepers', ['ManageGuild'])] });
    const painters = test.guild.addRole('Painters');
    await ada.slash(test.channel, 'limits', { role: painters, allowed: true }, 'role');
    const reply = await (await stylize()).reply();
    expect(reply.content).toContain(`<@&${painters.id}>`);
    expect(reply.notified).toEqual([]);
    test.guild.setRoles(test.ann, [painters]);
    await stylize();
    await test.easel.next();
  });
});

describe('a message’s menu in Discord', () => {
  it('opens a form for a picture, which becomes a request', async () => {
    await open();
    const message = test.ann.say(test.channel, 'look', [photo]);
    const modal = await (await test.ann.contextMenu('Stylize this picture', message)).openedModal();
    await test.ann.submitModal(modal, {
      fields: { style_name: 'poppy-wash', strength: '1', preset: 'draft' },
    });
    const { task } = await test.easel.next();
    expect(task.options).toMatchObject({ strength: 1, size: 256 });
  });

  it('takes a painting that is uploaded into the form', async () => {
    await open();
    const message = test.ann.say(test.channel, 'look', [photo]);
    const modal = await (await test.ann.contextMenu('Stylize this picture', message)).openedModal();
    await test.ann.submitModal(modal, { files: { style: [painting] } });
    expect((await test.easel.next()).task.styles).toHaveLength(1);
  });

  it('keeps a picture as the style of the next request', async () => {
    await open();
    const message = test.ann.say(test.channel, 'this style', [painting]);
    const reply = await (await test.ann.contextMenu('Use as style', message)).reply();
    expect(reply).toMatchObject({ ephemeral: true, content: expect.stringContaining('your next `stylize`') });
    await test.ann.slash(test.channel, 'stylize', { content: photo });
    expect((await test.easel.next()).task.styles).toHaveLength(1);
  });

  it('says so when there is no picture', async () => {
    await open();
    const message = test.ann.say(test.channel, 'no picture');
    const use = await test.ann.contextMenu('Stylize this picture', message);
    expect((await use.reply()).content).toContain('There is no picture');
  });

  it('asks for the picture anew when the bot has been started anew since', async () => {
    await open();
    const message = test.ann.say(test.channel, 'look', [photo]);
    const modal = await (await test.ann.contextMenu('Stylize this picture', message)).openedModal();
    await test.stop();
    await test.start();
    const sent = await test.ann.submitModal(modal, { fields: { style_name: 'poppy-wash' } });
    expect((await sent.reply()).content).toContain('Choose it anew');
  });
});

describe('buttons in Discord', () => {
  it('open a form that is filled in, also after a restart, and paint again', async () => {
    await open();
    const result = await painted({ strength: 0.5, tv_weight: 50 });
    await test.server.until(() => result.channel.messages[0]?.content.startsWith('Painted'));
    await test.stop();
    await test.start();
    const modal = await (await test.ann.click(result, 'tweak…')).openedModal();
    await test.ann.submitModal(modal, { fields: { size: '768' } });
    const { task } = await test.easel.next();
    expect(task.options).toMatchObject({ size: 768, strength: 0.5, tvWeight: 50, init: 'picture' });
  });

  it('of somebody else’s job refuse to delete it, to the one who pressed alone', async () => {
    await open();
    const result = await painted();
    const bob = test.server.addUser('Bob');
    test.guild.join(bob);
    const reply = await (await bob.click(result, 'delete')).reply();
    expect(reply).toMatchObject({ ephemeral: true, content: expect.stringContaining('somebody else’s') });
    const mia = test.server.addUser('Mia');
    test.guild.join(mia, { roles: [test.guild.addRole('Moderators', ['ManageMessages'])] });
    await mia.click(result, 'delete');
    await test.server.until(() => result.deleted);
  });

  it('obey no one who may manage the messages of another channel alone', async () => {
    await open();
    const result = await painted();
    const bob = test.server.addUser('Bob');
    test.guild.join(bob);
    const own = test.guild.addChannel('bobs');
    own.allow(bob, ['ManageMessages']);
    const job = /`(\w{8})`/.exec(result.content)?.[1] ?? '';
    const reply = await (await bob.slash(own, 'cancel', { job })).reply();
    expect(reply.content).toContain('somebody else’s');
  });

  it('cancel a job that is being painted', async () => {
    await open();
    await stylize();
    await test.easel.next();
    const status = await test.message(/^\*\*(Accepted|Painting)/);
    await test.ann.click(status, 'cancel');
    await test.server.until(() => status.content.startsWith('Cancelled'));
  });

  it('send the time lapse and the picture', async () => {
    await open();
    const result = await painted();
    const lapse = await (await test.ann.click(result, 'time lapse')).reply();
    expect(lapse.attachments[0]?.name).toMatch(/time-lapse\.webp$/);
    await test.ann.click(result, 'send to me');
    const sent = await test.server.until(() => test.ann.direct.messages[0]);
    expect(sent.attachments).toHaveLength(1);
  });
});

describe('reactions in Discord', () => {
  it('that mean nothing, or come from bots, are left alone', async () => {
    await open();
    const result = await painted();
    await test.server.until(() => result.reactions.get('❌'));
    test.ann.react(result, '🎉');
    const robot = test.server.addUser('Robot');
    test.guild.join(robot);
    Object.assign(robot.account, { bot: true });
    robot.react(result, '➕');
    test.ann.react(result, '🔁');
    const { task } = await test.easel.next();
    // Its own legend has not begun anything.
    expect(task.options.init).toBe('noise');
    const queue = await (await test.ann.slash(test.channel, 'queue')).reply();
    expect(queue.content).toContain('0 waiting');
  });

  it('are not put under results where the bot may not', async () => {
    await open();
    test.channel.deny(test.guild.botRole, ['AddReactions']);
    const result = await painted();
    test.ann.react(result, '➕');
    await test.easel.next();
    expect([...result.reactions.keys()]).toEqual(['➕']);
    expect(test.server.requests.filter(({ path }) => path.includes('/reactions/'))).toEqual([]);
    expect(test.server.violations).toEqual([]);
  });
});

describe('a server of Discord', () => {
  it('that the bot is removed from is erased after the retention time, and not when it is invited again', async () => {
    await open();
    const result = await painted();
    const job = /`(\w{8})`/.exec(result.content)?.[1] ?? '';
    const other = test.server.addGuild();
    const channel = other.addChannel('elsewhere');
    other.join(test.ann);
    test.guild.kickBot();
    await expect.poll(() => test.log.join('')).toContain('removed from a server');
    const still = await (await test.ann.slash(channel, 'result', { job })).reply();
    expect(still.content).toContain('Parameters');
  });
});
