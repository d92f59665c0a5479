import { ButtonStyle } from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import { type DiscordInstance, startDiscordInstance } from '../../support/discord-stage.ts';
import { painting, photo } from '../../support/instance.ts';

let test: DiscordInstance;
const open = async (...args: Parameters<typeof startDiscordInstance>) => {
  test = await startDiscordInstance(...args);
};
afterEach(() => test[Symbol.asyncDispose]());

/** A result of Ann's in a thread. */
async function painted(options = {}) {
  await test.ann.slash(test.channel, 'stylize', { content: photo, style: painting, ...options });
  await (await test.easel.next()).finish();
  return test.message('your picture is ready');
}
const member = (name: string) => {
  const human = test.server.addUser(name);
  test.guild.join(human);
  return human;
};
const REFUSED = 'Discord does not let me do that there.';

describe('an answer in Discord', () => {
  it('comes although the answer to its acknowledgement was lost and a second one refused', async () => {
    await open();
    test.server.fail({ method: 'POST', path: /\/callback$/, status: 502, performed: true });
    const help = await test.ann.slash(test.channel, 'help');
    expect((await help.reply()).content).toContain('I repaint a photograph');
    const result = await painted();
    test.server.fail({ method: 'POST', path: /\/callback$/, status: 502, performed: true });
    const lapse = await test.ann.click(result, 'time lapse');
    expect((await lapse.reply()).attachments).toHaveLength(1);
  });

  it('that Discord refuses gives way to why, and nobody is left waiting', async () => {
    await open();
    test.server.fail({ method: 'PATCH', path: /^\/webhooks/, status: 400 });
    const help = await test.ann.slash(test.channel, 'help');
    expect((await help.reply()).content).toContain(REFUSED);
    const result = await painted();
    test.server.fail({ method: 'POST', path: /^\/webhooks/, status: 400 });
    const lapse = await (await test.ann.click(result, 'time lapse')).reply();
    expect(lapse).toMatchObject({ ephemeral: true, content: expect.stringContaining(REFUSED) });
  });

  it('that is a form, and refused, gives way to why', async () => {
    await open();
    const result = await painted();
    test.server.fail({ method: 'POST', path: /\/callback$/, status: 400 });
    const reply = await (await test.ann.click(result, 'tweak…')).reply();
    expect(reply).toMatchObject({ ephemeral: true, content: expect.stringContaining(REFUSED) });
  });

  it('on a server that has only the commands asks for the bot, with its invitation', async () => {
    await open();
    const other = test.server.addGuild({ commandsOnly: true });
    const channel = other.addChannel('elsewhere');
    other.join(test.ann);
    const reply = await (await test.ann.slash(channel, 'help')).reply();
    expect(reply.ephemeral).toBe(true);
    expect(reply.content).toMatch(/Invite me as a bot, too: https:\/\/discord\.com\/oauth2\/authorize\?/);
    expect(await test.ann.autocomplete(channel, 'stylize', 'style_name', 'popp')).toEqual([]);
    expect(test.log.join('')).toContain('a server that the bot is not in');
    expect(test.server.violations).toEqual([]);
  });
});

describe('a form in Discord', () => {
  it('is filled in with any number that there can be, which it takes back as it is', async () => {
    await open();
    const exact = { strength: -0.0000012345678901234567, tv_weight: 1e-7 };
    const result = await painted(exact);
    const modal = await (await test.ann.click(result, 'tweak…')).openedModal();
    const unchanged = await (await test.ann.submitModal(modal)).reply();
    expect(unchanged.content).toContain('Nothing was changed.');
    await test.ann.submitModal(await (await test.ann.click(result, 'tweak…')).openedModal(), {
      fields: { size: '768' },
    });
    const { task } = await test.easel.next();
    expect(task.options).toMatchObject({ strength: exact.strength, tvWeight: exact.tv_weight });
  });

  it('that was refused can be sent again with the picture that it was opened for', async () => {
    await open();
    const message = test.ann.say(test.channel, 'look', [photo]);
    const modal = await (await test.ann.contextMenu('Stylize this picture', message)).openedModal();
    const refused = await (await test.ann.submitModal(modal, { fields: { style_name: 'unknown' } })).reply();
    expect(refused.content).toContain('There is no style `unknown`');
    await test.ann.submitModal(modal, { fields: { style_name: 'poppy-wash' } });
    await test.easel.next();
  });
});

describe('a reaction in Discord', () => {
  it('that is refused is answered to whoever reacted alone', async () => {
    await open();
    const result = await painted({ strength: 3 });
    const bob = member('Bob');
    bob.react(result, '➕');
    const answer = await test.server.until(() => bob.direct.messages[0]);
    expect(answer.content).toContain('The strength is +3 already');
    expect(result.channel.messages.map(({ content }) => content).join()).not.toContain('already');
  });

  it('of somebody who is blocked is answered not at all', async () => {
    await open();
    const result = await painted();
    const [bob, ada] = [member('Bob'), test.server.addUser('Ada')];
    test.guild.join(ada, { roles: [test.guild.addRole('Keepers', ['ManageGuild'])] });
    await (await ada.slash(test.channel, 'limits', { user: bob, blocked: true }, 'user')).reply();
    const said = result.channel.messages.length;
    for (const emoji of ['➕', '➖', '🎨', '❌']) bob.react(result, emoji);
    const pressed = await (await bob.click(result, 'larger strokes')).reply();
    expect(pressed).toMatchObject({
      ephemeral: true,
      content: expect.stringContaining('You have been blocked'),
    });
    test.ann.react(result, '🔁');
    expect((await test.easel.next()).task.options.init).toBe('noise');
    expect(bob.direct.messages).toEqual([]);
    expect(
      result.channel.messages
        .slice(said)
        .map(({ content }) => content)
        .join(),
    ).not.toContain('blocked');
  });
});

describe('a result that was sent to somebody’s direct messages', () => {
  /** Ann's result, and Bob's copy of it. */
  async function sent() {
    await open();
    const result = await painted();
    const bob = member('Bob');
    bob.react(result, '✉️');
    const copy = await test.server.until(() => bob.direct.messages[0]);
    await test.server.until(() => copy.reactions.has('❌'));
    return { result, bob, copy };
  }

  it('is painted again there, by a reaction or a button, and says nothing in the thread', async () => {
    const { result, bob, copy } = await sent();
    const said = result.channel.messages.length;
    bob.react(copy, '➕');
    await (await test.easel.next()).finish();
    await bob.click(copy, 'colours');
    await (await test.easel.next()).finish();
    await test.server.until(
      () => bob.direct.messages.filter(({ content }) => content.includes('is ready')).length === 3,
    );
    expect(result.channel.messages).toHaveLength(said);
    expect(test.channel.threads).toHaveLength(1);
  });

  it('is painted again there after a restart, although no event has told of its channel since', async () => {
    const { bob, copy } = await sent();
    await test.message(/^Painted in/);
    await test.stop();
    await test.start();
    bob.react(copy, '🔁');
    expect((await test.easel.next()).task.options.init).toBe('noise');
  });

  it('offers no form to whoever did not ask for it, and their ❌ removes the copy alone', async () => {
    const { result, bob, copy } = await sent();
    expect(copy.controls.map((control) => 'label' in control && control.label)).not.toContain('tweak…');
    expect(copy.controls.at(-1)).toMatchObject({ style: ButtonStyle.Danger });
    bob.react(copy, '❌');
    await test.server.until(() => copy.deleted);
    expect(result.deleted).toBe(false);
  });

  it('goes with the result', async () => {
    const { result, copy } = await sent();
    await test.ann.click(result, 'delete');
    await test.server.until(() => copy.deleted && result.deleted);
  });
});
