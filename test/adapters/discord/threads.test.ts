import { afterEach, describe, expect, it } from 'vitest';
import { type DiscordInstance, startDiscordInstance } from '../../support/discord-stage.ts';
import { painting, photo } from '../../support/instance.ts';

let test: DiscordInstance;
const open = async (...args: Parameters<typeof startDiscordInstance>) => {
  test = await startDiscordInstance(...args);
};
afterEach(() => test[Symbol.asyncDispose]());

const stylize = (human = test.ann) =>
  human.slash(test.channel, 'stylize', { content: photo, style: painting });

/** A result of Ann's, and when its status has its last line. */
async function painted() {
  await stylize();
  await (await test.easel.next()).finish();
  const result = await test.message('your picture is ready');
  await test.message(/^Painted in/);
  return result;
}

const forgetMe = async () =>
  (await (await test.ann.slash(test.channel, 'forget-me', { confirm: true })).reply()).content;

describe('a thread in Discord', () => {
  it('that Discord refuses leaves the request in its channel, says why once, and no message behind', async () => {
    await open({ activeThreads: 0 });
    const use = await stylize();
    const status = await test.message(/^\*\*(Accepted|Painting)/);
    expect(status.channel).toBe(test.channel);
    expect(status.versions[0]?.content).toContain(
      'I can open no thread here: Discord opens none here now: Maximum number of active threads reached.',
    );
    await (await test.easel.next()).finish();
    const result = await test.message('your picture is ready');
    expect(result.channel).toBe(test.channel);
    await test.message(/^Painted in/);
    expect(use.replies.filter(({ deleted }) => !deleted)).toEqual([]);
    await stylize();
    const second = await test.message(/^\*\*(Accepted|Painting)/);
    expect(second.versions[0]?.content).not.toContain('no thread');
    expect(test.channel.messages.map(({ content }) => content).join()).not.toContain('🖌️ **Ann**');
    expect(test.server.violations).toEqual([]);
  });

  it('shows the name of its requester as it is, and opens no link in it', async () => {
    await open();
    const eve = test.server.addUser('[free](https://evil.example)');
    test.guild.join(eve);
    await stylize(eve);
    const beginning = await test.message('🖌️');
    expect(beginning.content).toContain('\\[free](https://evil.example)');
  });

  it('loses its first message and its name when its requester wants to be forgotten, and nothing of others', async () => {
    await open();
    await painted();
    const [thread] = test.channel.threads;
    if (!thread) throw new Error('There is no thread.');
    const bobs = test.server.addUser('Bob');
    test.guild.join(bobs);
    bobs.say(thread, 'beautiful');
    expect(thread.name).toContain('Ann');
    expect(await forgetMe()).toContain('3 messages. I know nothing of you any longer.');
    expect(test.channel.messages).toEqual([]);
    expect(thread.name).toBe('an erased request');
    expect(thread.messages.map(({ content }) => content)).toEqual(['beautiful']);
    expect(test.server.violations).toEqual([]);
  });

  it('that is archived is opened to remove what is to be forgotten', async () => {
    await open();
    await painted();
    const [thread] = test.channel.threads;
    thread?.archive();
    expect(await forgetMe()).toContain('3 messages. I know nothing of you any longer.');
    expect(thread?.messages).toEqual([]);
    expect(thread?.name).toBe('an erased request');
  });

  it('that is locked keeps its messages, of which the requester is told', async () => {
    await open();
    await painted();
    test.channel.threads[0]?.archive({ locked: true });
    const told = await forgetMe();
    expect(told).toContain('and 0 messages.');
    expect(told).toContain('I could not remove 3 messages: ask a moderator');
    // Its first message is in the channel, and can be.
    expect(test.channel.messages).toEqual([]);
  });

  it('that is archived is opened to delete a result of it, and keeps its first message', async () => {
    await open();
    const result = await painted();
    const [thread] = test.channel.threads;
    thread?.archive();
    await test.ann.click(result, 'delete');
    await test.server.until(() => result.deleted);
    expect(test.channel.messages).toHaveLength(1);
  });
});
