import { afterEach, describe, expect, it } from 'vitest';
import { painting, photo } from '../../support/instance.ts';
import type { Message } from '../../support/slack/model.ts';
import {
  type SlackInstance,
  type SlackInstanceOptions,
  startSlackInstance,
} from '../../support/slack-stage.ts';

let test: SlackInstance;
const open = async (options?: SlackInstanceOptions) => {
  test = await startSlackInstance(options);
};
afterEach(() => test[Symbol.asyncDispose]());

/** Ann asks for a painting; returns when it is being painted and its status is there. */
async function begin() {
  const use = await test.ann.slash(test.channel, '/stylize');
  await test.ann.submitModal(await use.view(), { content: photo, style: painting });
  const work = await test.easel.next();
  const parent = await test.server.until(() => test.channel.roots[0]);
  const status = await test.server.until(() => test.channel.replies(parent)[0]);
  return { work, parent, status };
}
const results = (parent: Message) =>
  test.channel.replies(parent).filter(({ text }) => text.includes('your picture is ready'));
const resultIn = (parent: Message, index = 0) => test.server.until(() => results(parent)[index]);

describe('a job in Slack', () => {
  it('shows its newest thumbnail when Slack has said to wait, and ignores no 429', async () => {
    await open();
    const { work, parent, status } = await begin();
    test.server.fail({ method: 'chat.update', retryAfter: 1 });
    for (let iteration = 10; iteration <= 90; iteration += 10) work.progress(iteration);
    await test.server.until(() => status.text.includes('90 %'));
    const file = test.server.world.files.get(status.pictureIds[0] ?? '');
    expect([...(file?.bytes ?? [])]).toEqual([90]);
    await work.finish();
    await resultIn(parent);
    expect(test.server.violations).toEqual([]);
  });

  it('uploads its result when Slack has said to wait at every step', async () => {
    await open();
    const { work, parent } = await begin();
    for (const method of ['files.getUploadURLExternal', 'files.completeUploadExternal', 'chat.postMessage']) {
      test.server.fail({ method, retryAfter: 1 });
    }
    test.server.slowUploads.push(1);
    await work.finish();
    await resultIn(parent);
    expect(results(parent)).toHaveLength(1);
    expect(test.server.violations).toEqual([]);
  });

  it('shows a picture that Slack refuses while it processes it', async () => {
    await open({ processing: 4 });
    const { work, parent, status } = await begin();
    work.progress(50);
    await test.server.until(() => status.pictureIds.length === 1);
    await work.finish();
    expect((await resultIn(parent)).pictureIds).toHaveLength(1);
    const refused = test.server.api.calls.filter(({ outcome }) => outcome === 'invalid_blocks');
    expect(refused).toHaveLength(8);
  });

  it('is neither lost nor told twice when the socket drops', async () => {
    await open();
    const { work, parent } = await begin();
    test.server.socket.drop();
    await work.finish();
    const result = await resultIn(parent);
    // Done while there is no connection, and delivered when there is one again.
    test.ann.react(result, 'heavy_plus_sign');
    await (await test.easel.next()).finish();
    await resultIn(parent, 1);
    expect(results(parent)).toHaveLength(2);
    expect(test.server.socket.connections).toBe(2);
  });

  it('goes on over a connection that Slack asks to renew', async () => {
    await open();
    const { work, parent } = await begin();
    test.server.socket.disconnect('refresh_requested');
    await test.server.until(() => test.server.socket.connections === 2 && test.server.socket.connected);
    await work.finish();
    test.ann.react(await resultIn(parent), 'heavy_plus_sign');
    await test.easel.next();
  });

  it.each(['socket', 'http'] as const)(
    'is made once of deliveries that come twice by %s',
    async (delivery) => {
      await open({ delivery });
      test.server.deliveries = 2;
      const { work, parent } = await begin();
      await work.finish();
      test.ann.react(await resultIn(parent), 'heavy_plus_sign');
      await (await test.easel.next()).finish();
      await resultIn(parent, 1);
      test.ann.mention(test.channel, 'queue');
      expect((await test.message('0 waiting')).onlyFor).toBe(test.ann.id);
      const { bot } = test.server.world;
      expect(test.channel.roots.filter(({ user }) => user === bot.id)).toHaveLength(1);
      expect(test.server.violations).toEqual([]);
    },
  );

  it('goes on by a reaction that was made while the bot was stopped', async () => {
    await open();
    const { work, parent, status } = await begin();
    await work.finish();
    const result = await resultIn(parent);
    await test.server.until(() => status.text.startsWith('Painted'));
    await test.stop();
    test.ann.react(result, 'heavy_plus_sign');
    await test.start();
    expect((await test.easel.next()).task.options.strength).toBe(0.5);
  });

  it('whose form would come too late is to be asked for again', async () => {
    await open();
    test.server.fail({ method: 'views.open', error: 'expired_trigger_id' });
    await test.ann.slash(test.channel, '/stylize');
    expect((await test.message('Try again')).onlyFor).toBe(test.ann.id);
  });

  it('whose message was posted although the answer was lost is told once', async () => {
    await open({ processing: 0 });
    const { work, parent, status } = await begin();
    test.server.fail({ method: 'chat.postMessage', status: 502, performed: true });
    await work.finish();
    await test.server.until(() => status.text.startsWith('Painted'));
    expect(results(parent)).toHaveLength(1);
  });

  it('goes to direct messages when its channel was archived, and says so', async () => {
    await open();
    const { work } = await begin();
    test.channel.archived = true;
    await work.finish();
    const result = await test.message('your picture is ready');
    expect(result.channel).toBe(test.ann.direct);
    expect(result.text).toContain('Sent to you directly: The channel is archived.');
    expect(result.pictureIds).toHaveLength(1);
  });

  it('goes to direct messages when the bot was removed from its channel', async () => {
    await open();
    const { work } = await begin();
    test.channel.members.delete(test.server.world.bot.id);
    await work.finish();
    const result = await test.message('your picture is ready');
    expect(result.channel).toBe(test.ann.direct);
    expect(result.text).toContain('I am not in this channel');
  });

  it('of somebody who takes no direct messages ends in the log when its place is closed', async () => {
    await open();
    const { work } = await begin();
    test.ann.account.takesDirectMessages = false;
    test.channel.archived = true;
    await work.finish();
    await expect.poll(() => test.log.join('')).toContain('nobody can be told');
  });

  it('can be painted again by reactions and buttons after a restart', async () => {
    await open();
    const { work, parent, status } = await begin();
    await work.finish();
    const result = await resultIn(parent);
    await test.server.until(() => status.text.startsWith('Painted'));
    await test.stop();
    await test.start();
    test.ann.react(result, 'mag');
    const larger = await test.easel.next();
    expect(larger.task.options.size).toBe(768);
    await larger.finish();
    expect((await resultIn(parent, 1)).thread).toBe(parent.ts);
    await test.ann.click(result, 'colours');
    const coloured = await test.easel.next();
    expect(coloured.task.options.colors).toBe('content');
    await test.ann.click(result, 'delete');
    await test.server.until(() => test.server.world.files.get(result.pictureIds[0] ?? '')?.deleted);
  });

  it('that waits through a restart is told in its thread, once', async () => {
    await open();
    const { parent, status } = await begin();
    await test.stop();
    await test.start();
    const again = await test.easel.next();
    again.progress(50);
    await test.server.until(() => status.text.includes('50 %'));
    await again.finish();
    await resultIn(parent);
    await test.server.until(() => status.text.startsWith('Painted'));
    expect(test.channel.roots).toHaveLength(1);
    expect(test.channel.replies(parent)).toHaveLength(2);
  });
});

describe('a picture from Slack', () => {
  const refused = async (file = photo) => {
    const use = await test.ann.slash(test.channel, '/stylize');
    await test.ann.submitModal(await use.view(), { content: file, style: painting });
    return (await test.server.until(() => test.channel.messages.find(({ onlyFor }) => onlyFor))).text;
  };

  it('that the token may not read, for which Slack sends a page to sign in, is refused with what to do', async () => {
    await open();
    const { scopes } = test.server.world.options.app;
    (scopes as string[]).splice(scopes.indexOf('files:read'), 1);
    expect(await refused()).toMatch(/a page to sign in instead of the picture.*files:read/);
    expect(test.channel.roots).toEqual([]);
  });

  it('that was deleted before it was fetched is refused', async () => {
    await open();
    const message = test.ann.say(test.channel, 'look', [photo]);
    const use = await test.ann.shortcut(message, 'Stylize this picture');
    const view = await use.view();
    for (const file of message.files) file.deleted = true;
    await test.ann.submitModal(view, { style: painting });
    expect((await test.message('Slack answered 404')).onlyFor).toBe(test.ann.id);
  });

  it('whose address is not Slack’s is not fetched, and sees no token', async () => {
    await open();
    const message = test.ann.say(test.channel, 'look', [photo]);
    const real = test.server.world.fileJson.bind(test.server.world);
    test.server.world.fileJson = (file) => ({
      ...real(file),
      url_private_download: 'https://evil.example/x',
    });
    const use = await test.ann.shortcut(message, 'Use as style');
    expect((await test.message('address is not one of Slack’s')).onlyFor).toBe(test.ann.id);
    expect(use.trigger).not.toBe('');
    expect(test.server.violations).toEqual([]);
  });

  it('that is larger than permitted is not read beyond the limit', async () => {
    await open({ environment: { IMPASTO_MAX_BYTES: '5000' } });
    expect(await refused({ name: 'large.jpg', content: Buffer.alloc(60_000) })).toMatch(/has more than/);
  });
});

describe('Slack’s refusals', () => {
  it('where the bot is not in the channel say how to invite it', async () => {
    await open();
    for (const kind of ['public', 'private'] as const) {
      const channel = test.server.addChannel('elsewhere', [test.ann], { kind, withBot: false });
      await test.ann.slash(channel, '/stylize');
      const answer = await test.server.until(() => channel.messages[0]);
      expect(answer.onlyFor).toBe(test.ann.id);
      expect(answer.text).toContain('/invite @Impasto');
    }
  });

  it('of a missing permission say which', async () => {
    await open();
    const { scopes } = test.server.world.options.app;
    (scopes as string[]).splice(scopes.indexOf('files:write'), 1);
    const { work } = await begin();
    await work.finish();
    const told = await test.message('The picture cannot be shown: I lack the permission files:write');
    expect(told.channel).toBe(test.channel);
    expect(told.text).toContain('your picture is ready');
  });

  it('of what an answer needs are answered', async () => {
    await open();
    test.server.fail({ method: 'users.info', error: 'missing_scope' });
    await test.ann.slash(test.channel, '/stylize', 'help');
    expect((await test.message('I lack the permission')).onlyFor).toBe(test.ann.id);
    test.server.fail({ method: 'users.info', error: 'missing_scope' });
    test.ann.mention(test.channel, 'help');
    await test.server.until(() => test.channel.messages.filter(({ text }) => text.includes('I lack'))[1]);
  });

  it('of tokens stop the start with what to do', async () => {
    await open();
    const bot = {} as never;
    await expect(test.connect({ token: 'xoxb-wrong' }).start(bot)).rejects.toMatchObject({
      code: 'bad-setting',
      message: expect.stringContaining('IMPASTO_SLACK_BOT_TOKEN'),
    });
    await expect(test.connect({ connection: { appToken: 'xapp-wrong' } }).start(bot)).rejects.toMatchObject({
      code: 'bad-setting',
      message: expect.stringContaining('IMPASTO_SLACK_APP_TOKEN'),
    });
  });

  it('of deliveries that Slack did not sign, or signed long ago, are ours', async () => {
    await open({ delivery: 'http' });
    const body = JSON.stringify({ type: 'event_callback', event_id: 'Ev1', event: { type: 'app_mention' } });
    const send = (forgery: { secret?: string; at?: number }) =>
      test.server.http.post(body, 'application/json', {}, forgery);
    expect((await send({ secret: 'f'.repeat(32) })).status).toBe(401);
    expect((await send({ at: Date.now() - 10 * 60_000 })).status).toBe(401);
    expect(await test.server.http.verify()).toBe('one two');
  });
});
