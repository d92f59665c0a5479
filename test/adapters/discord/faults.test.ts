import { afterEach, describe, expect, it } from 'vitest';
import type { Channel } from '../../support/discord/model/channel.ts';
import {
  type DiscordInstance,
  type DiscordInstanceOptions,
  startDiscordInstance,
} from '../../support/discord-stage.ts';
import { painting, photo } from '../../support/instance.ts';

const MINUTE = 60_000;

let test: DiscordInstance;
const open = async (options?: DiscordInstanceOptions) => {
  test = await startDiscordInstance(options);
};
afterEach(() => test[Symbol.asyncDispose]());

/** Ann asks for a painting; returns when it is being painted. */
async function begin(options = {}) {
  const use = await test.ann.slash(test.channel, 'stylize', { content: photo, style: painting, ...options });
  const work = await test.easel.next();
  const thread = await test.server.until(() => test.channel.threads[0]);
  const status = await test.server.until(() => thread.messages[0]);
  return { use, work, thread, status };
}
const resultIn = (channel: Channel) =>
  test.server.until(() => channel.messages.find(({ content }) => content.includes('your picture is ready')));

describe('a job in Discord', () => {
  it('outlives the interaction that asked for it', async () => {
    await open();
    const { use, work, thread } = await begin();
    await test.server.until(() => use.original?.deleted);
    test.server.clock.advance(16 * MINUTE);
    await work.finish();
    const result = await resultIn(thread);
    expect(result.notified).toEqual([test.ann.account]);
    expect(test.server.violations).toEqual([]);
  });

  it('shows its newest thumbnail when Discord has said to wait, and ignores no 429', async () => {
    await open();
    const { work, thread, status } = await begin();
    test.server.fail({ method: 'PATCH', path: /messages/, retryAfter: 0.2, times: 3 });
    for (let iteration = 10; iteration <= 90; iteration += 10) work.progress(iteration);
    await test.server.until(() => status.content.includes('90 %'));
    expect(status.attachments.map(({ bytes }) => [...bytes])).toEqual([[90]]);
    await work.finish();
    await resultIn(thread);
    expect(test.server.requests.filter(({ status: code }) => code === 429)).toHaveLength(3);
    expect(test.server.violations).toEqual([]);
  });

  it('that goes on for hours edits less when Discord refuses edits of old messages, and leaves no stale status', async () => {
    await open({ oldEdits: { limit: 1, status: 400 } });
    const { work, thread, status } = await begin();
    test.server.clock.advance(61 * MINUTE);
    work.progress(10);
    await test.server.until(() => status.content.includes('10 %'));
    work.progress(20);
    await expect.poll(() => test.log.join('')).toContain('too-many-edits');
    const refused = () =>
      test.server.requests.filter(({ method, status: code }) => method === 'PATCH' && code === 400);
    const before = refused().length;
    await work.finish();
    await resultIn(thread);
    await test.server.until(() => status.deleted);
    expect(refused()).toHaveLength(before);
  });

  it('whose last edit is the one too many leaves no stale status either', async () => {
    await open({ oldEdits: { limit: 1, status: 400 } });
    const { work, thread, status } = await begin();
    await test.server.until(() => status.content.startsWith('**Painting'));
    test.server.clock.advance(61 * MINUTE);
    work.progress(10);
    await test.server.until(() => status.content.includes('10 %'));
    await work.finish();
    await resultIn(thread);
    await test.server.until(() => status.deleted);
  });

  it('goes to direct messages when its thread was locked meanwhile', async () => {
    await open();
    const { work, thread } = await begin();
    thread.archive({ locked: true });
    await work.finish();
    await resultIn(test.ann.direct);
  });

  it('is told in its thread when that was archived meanwhile', async () => {
    await open();
    const { work, thread, status } = await begin();
    thread.archive();
    work.progress(50);
    await test.server.until(() => status.content.includes('50 %'));
    thread.archive();
    await work.finish();
    await resultIn(thread);
    expect(thread.thread?.archived).toBe(false);
  });

  it.each<[string, (thread: Channel) => void]>([
    ['channel', () => test.channel.delete()],
    ['thread', (thread) => thread.delete()],
  ])('goes to direct messages when its %s was deleted meanwhile', async (_, remove) => {
    await open();
    const { work, thread } = await begin();
    remove(thread);
    await work.finish();
    const result = await resultIn(test.ann.direct);
    expect(result.attachments).toHaveLength(1);
    expect(result.content).toContain('Sent to you directly: the place where you asked is gone');
  });

  it('goes to direct messages, and says which permission is missing, when one was taken away meanwhile', async () => {
    await open();
    const { work } = await begin();
    test.channel.deny(test.guild.botRole, ['SendMessagesInThreads']);
    await work.finish();
    const result = await resultIn(test.ann.direct);
    expect(result.content).toContain('I lack Send Messages in Threads there.');
  });

  it('of somebody who takes no direct messages ends in the log when its place is gone', async () => {
    await open();
    const { work } = await begin();
    test.ann.takesDirectMessages = false;
    test.channel.delete();
    await work.finish();
    await expect.poll(() => test.log.join('')).toContain('nobody can be told');
  });

  it('is neither lost nor told twice when the gateway’s connection breaks and resumes', async () => {
    await open();
    const { work, thread } = await begin();
    test.server.gateway.drop();
    await work.finish();
    const result = await resultIn(thread);
    // Done while there is no connection, and delivered when it is resumed.
    test.ann.react(result, '➕');
    const again = await test.easel.next();
    await again.finish();
    await test.server.until(() => test.server.gateway.log.some(({ kind }) => kind === 'resume'));
    await test.server.until(() => thread.messages.filter(({ content }) => content.includes('ready'))[1]);
    expect(thread.messages.filter(({ content }) => content.includes('ready'))).toHaveLength(2);
  });

  it('goes on over a session that Discord has forgotten', async () => {
    await open();
    const { work, thread } = await begin();
    test.server.gateway.resumable = false;
    test.server.gateway.drop();
    await test.server.until(() => test.server.gateway.log.filter(({ kind }) => kind === 'identify')[1]);
    await work.finish();
    await resultIn(thread);
  });

  it('is made once of an event that is delivered twice', async () => {
    await open();
    test.server.gateway.deliveries.set('INTERACTION_CREATE', 2);
    test.server.gateway.deliveries.set('MESSAGE_REACTION_ADD', 2);
    const { work, thread } = await begin();
    await work.finish();
    test.ann.react(await resultIn(thread), '➕');
    const again = await test.easel.next();
    await again.finish();
    await test.server.until(() => thread.messages.filter(({ content }) => content.includes('ready'))[1]);
    const queue = await (await test.ann.slash(test.channel, 'queue')).reply();
    expect(queue.content).toContain('0 waiting');
    expect(test.channel.threads).toHaveLength(1);
    expect(test.server.violations).toEqual([]);
  });

  it('whose message was sent although the answer was lost is told once', async () => {
    await open();
    const { work, thread } = await begin();
    test.server.fail({ method: 'POST', path: /messages$/, status: 502, performed: true });
    await work.finish();
    await resultIn(thread);
    await test.server.until(() => thread.messages[0]?.content.startsWith('Painted'));
    expect(thread.messages.filter(({ content }) => content.includes('ready'))).toHaveLength(1);
  });

  it.each([
    ['its thread', () => {}, () => test.channel.threads[0]],
    ['direct messages', (thread: Channel) => thread.delete(), () => test.ann.direct],
  ])(
    'that was told in %s by a process that did not live to know is told once, however late the next start',
    async (_, before, where) => {
      await open();
      const { work, thread, status } = await begin();
      await test.server.until(() => status.content.startsWith('**Painting'));
      before(thread);
      // As often as discord.js tries.
      test.server.fail({ method: 'POST', path: /messages$/, status: 502, performed: true, times: 4 });
      if (thread.deleted)
        test.server.fail({ method: 'POST', path: /messages$/, status: 502, performed: true, times: 1 });
      await work.finish();
      await expect.poll(() => test.log.join('')).toContain('what a job’s end needs cannot be reached');
      await test.stop();
      test.server.clock.advance(20 * MINUTE);
      await test.start();
      const results = () => where()?.messages.filter(({ content }) => content.includes('is ready'));
      await test.stop();
      expect(results()).toHaveLength(1);
      expect(test.server.violations).toEqual([]);
    },
  );

  it('can be painted again by reactions and buttons after a restart', async () => {
    await open();
    const { work, thread } = await begin();
    await work.finish();
    const result = await resultIn(thread);
    await test.server.until(() => thread.messages[0]?.content.startsWith('Painted'));
    await test.stop();
    await test.start();
    test.ann.react(result, '🔍');
    const larger = await test.easel.next();
    expect(larger.task.options.size).toBe(768);
    await larger.finish();
    await test.ann.click(result, 'colours');
    const coloured = await test.easel.next();
    expect(coloured.task.options.colors).toBe('content');
    await coloured.finish();
  });

  it('comes to a thread once when the bot stops before its result', async () => {
    await open();
    const { thread } = await begin();
    await test.stop();
    await test.start();
    const again = await test.easel.next();
    await again.finish();
    await resultIn(thread);
    expect(test.channel.threads).toHaveLength(1);
    expect(test.channel.messages).toHaveLength(1);
  });
});

describe('an attachment', () => {
  const refused = async (content: object) => {
    const use = await test.ann.slash(test.channel, 'stylize', { content: content as never, style: painting });
    const reply = await use.reply();
    expect(reply.ephemeral).toBe(true);
    expect(test.channel.messages).toEqual([]);
    return reply.content;
  };

  it('whose address is not Discord’s is not fetched', async () => {
    await open();
    expect(await refused({ ...photo, trick: 'foreign-host' })).toMatch(/address is not one of Discord’s/);
    expect(await refused({ ...photo, trick: 'redirect' })).toMatch(/Discord did not send it/);
    // Among them would be whatever was asked of another host.
    expect(test.server.violations).toEqual([]);
  });

  it('that has expired is refused with what to do', async () => {
    await open();
    expect(await refused({ ...photo, trick: 'expired' })).toMatch(/answered 40\d.*Attach the picture anew/);
  });

  it('whose size is a lie, or that never ends, is not read beyond the limit', async () => {
    await open({ environment: { IMPASTO_MAX_BYTES: '5000' } });
    const large = { name: 'large.jpg', content: Buffer.alloc(60_000), claimedSize: 10 };
    expect(await refused(large)).toMatch(/has more than/);
    expect(await refused({ ...photo, claimedSize: 10, trick: 'endless' })).toMatch(/has more than/);
  });

  it('that claims to be too large is not fetched at all', async () => {
    await open();
    expect(await refused({ ...photo, claimedSize: 900_000_000 })).toMatch(/has more than 50 MB/);
    expect(test.server.requests.filter(({ path }) => path.includes('attachments'))).toEqual([]);
  });
});

describe('a picture that is larger than the server takes', () => {
  it('is sent compressed, with a notice', async () => {
    await open({ uploadLimit: 900 });
    const { work, thread } = await begin();
    await work.finish();
    const result = await resultIn(thread);
    expect(result.attachments[0]?.name).toMatch(/\.jpg$/);
    expect(result.content).toContain('Compressed, because');
  });

  it('is sent by the limit that holds, when it is not the one that Discord last told', async () => {
    await open();
    const { work, thread } = await begin();
    (test.server.world.options as { uploadLimit: number }).uploadLimit = 900;
    await work.finish();
    const result = await resultIn(thread);
    expect(result.attachments[0]?.bytes.length).toBeLessThanOrEqual(900);
  });
});

it.each([{ shards: 2 }, { shards: 2, shardCount: 2 }])(
  'Two shards serve a server each: %o',
  async (options) => {
    await open(options);
    const other = test.server.addGuild();
    const channel = other.addChannel('elsewhere');
    other.join(test.ann);
    expect(test.server.gateway.log.map(({ shard }) => shard).sort()).toEqual([0, 1]);
    const { work, thread } = await begin();
    await work.finish();
    await resultIn(thread);
    await test.ann.slash(channel, 'stylize', { content: photo, style_name: 'poppy-wash' });
    const second = await test.easel.next();
    await second.finish();
    const there = await test.server.until(() => channel.threads[0]);
    await resultIn(there);
    expect(test.server.violations).toEqual([]);
  },
);
