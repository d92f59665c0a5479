import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor, Message } from '../../src/bot/chat.ts';
import type { FakeFile } from '../support/fake-platform.ts';
import {
  admin,
  ann,
  bob,
  painting,
  photo,
  startTestInstance,
  studio,
  type TestInstance,
  type UserOptions,
} from '../support/instance.ts';
import { gradientPicture, pngClaiming } from '../support/pictures.ts';

let test: TestInstance;
beforeAll(async () => {
  test = await startTestInstance({ environment: { IMPASTO_MAX_BYTES: '5000000' } });
});
afterAll(() => test[Symbol.asyncDispose]());

const text: FakeFile = { name: 'photo.jpg', content: Buffer.from('This is no picture.') };
const huge: FakeFile = { name: 'huge.jpg', content: Buffer.alloc(40_000_000) };
const bomb: FakeFile = { name: 'bomb.png', content: pngClaiming(60_000, 60_000) };
const svg: FakeFile = { name: 'v.png', content: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') };
const command: TestInstance['command'] = (...args) => test.command(...args);
const sent = (options: UserOptions, attachments: FakeFile[] = []) =>
  test.platform.send({
    kind: 'command',
    actor: ann,
    place: studio,
    command: 'stylize',
    options,
    attachments,
  });

function only(replies: Message[]): Message {
  expect(replies).toHaveLength(1);
  return replies[0] as Message;
}

describe('a request that cannot be met', () => {
  const requests: [string, UserOptions, FakeFile[] | undefined, RegExp][] = [
    [
      'two files swapped for text',
      { content: text, style: text },
      undefined,
      /photograph `photo\.jpg`.*not a picture/is,
    ],
    ['no picture', {}, undefined, /content is missing/],
    ['a photograph without a style', { content: photo }, undefined, /no style.*styles list/s],
    ['three pictures', {}, [photo, painting, painting], /1 more picture/],
    ['a file of 40 MB', { content: huge, style: painting }, undefined, /huge\.jpg.*5 MB/s],
    [
      'a file of 40 MB whose size nobody told',
      { content: { ...huge, sized: false }, style: painting },
      undefined,
      /huge\.jpg/,
    ],
    ['a decompression bomb', { content: bomb, style: painting }, undefined, /bomb\.png.*pixels/s],
    ['a type that is not supported', { content: svg, style: painting }, undefined, /SVG/],
    ['a painting that is no picture', { content: photo, style: text }, undefined, /painting `photo\.jpg`/],
    [
      'a style that does not exist',
      { content: photo, style_name: 'whirling-nigth' },
      undefined,
      /`whirling-nigth`.*`whirling-night`/s,
    ],
    [
      'a path for a style',
      { content: photo, style_name: '../../../etc/passwd' },
      undefined,
      /no style `\.\.\/\.\.\/\.\.\/etc\/passwd`/,
    ],
    [
      'a style as picture and name',
      { content: photo, style: painting, style_name: 'poppy-wash' },
      undefined,
      /one of the two/,
    ],
    [
      'a size beyond all bounds',
      { content: photo, style: painting, size: 1e9 },
      undefined,
      /size.*32 to 8192/s,
    ],
    ['a strength in words', { content: photo, style: painting, strength: 'lots' }, undefined, /`lots`/],
    ['an option that does not exist', { content: photo, style: painting, brush: 1 }, undefined, /`brush`/],
  ];

  it.each(requests)(
    'given %s gets one clear private reply and leaves no job',
    async (_, options, attachments, words) => {
      const before = test.platform.messages.length;
      const reply = only(await sent(options, attachments));
      expect(reply.text).toMatch(words);
      expect(reply.private).toBe(true);
      expect(test.platform.messages).toHaveLength(before);
      expect(only(await command('queue')).text).toContain('0 waiting · 0 of 1');
      expect(test.platform.violations).toEqual([]);
    },
  );

  it('gets a reply to an unknown command, subcommand and job', async () => {
    expect(only(await command('paint')).text).toMatch(/do not know `paint`.*help/s);
    expect(only(await command('constructor')).text).toMatch(/do not know/);
    expect(only(await command('styles', {}, ann, 'burn')).text).toMatch(/no `burn`.*list, show/s);
    expect(only(await command('result', { job: 'zzzzzzzz' })).text).toMatch(/no job `zzzzzzzz`/);
    expect(only(await command('cancel')).text).toMatch(/no job that waits/);
  });

  it('to change limits is refused to all but admins', async () => {
    expect(only(await command('limits', { max_size: 64 }, ann, 'set')).text).toMatch(/manage this server/);
    expect(only(await command('limits', {}, admin, 'show')).text).toContain('`max_size` 1024');
  });
});

describe('an animated picture', () => {
  it('is taken by its first frame, and its sender is told', async () => {
    const frames = await Promise.all(
      [10, 200].map((level) => gradientPicture(48, 48).linear(1, level).png().toBuffer()),
    );
    const { default: sharp } = await import('sharp');
    const gif = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    expect(await sent({ content: { name: 'dance.gif', content: gif }, style: painting })).toEqual([]);
    const { task, finish } = await test.easel.next();
    const [status] = test.platform.texts(`status-${task.jobId}`);
    expect(status).toMatch(/photograph `dance\.gif`: It is an animation of 2 frames; the first is used/);
    await finish();
    const end = await test.platform.until(() => test.platform.texts(`end-${task.jobId}`)[0]);
    expect(end).toMatch(/animation of 2 frames/);
  });
});

describe('somebody else’s job', () => {
  it('can be cancelled or deleted by its requester and moderators only', async () => {
    await sent({ content: photo, style: painting });
    const { task } = await test.easel.next();
    const job = task.jobId;
    const status = test.platform.messages.find(({ key }) => key === `status-${job}`);
    expect(only(await command('cancel', { job }, bob)).text).toMatch(/somebody else’s/);
    const reaction = { kind: 'action', place: studio, action: '❌', message: status?.ref as never } as const;
    expect(only(await test.platform.send({ ...reaction, actor: bob })).text).toMatch(/somebody else’s/);
    expect(only(await command('queue')).text).toContain('1 of 1');
    await test.platform.send({ ...reaction, actor: admin });
    await test.platform.until(() => test.platform.texts(`status-${job}`)[0]?.startsWith('Cancelled'));
    expect(only(await command('queue')).text).toContain('0 of 1');
  });
});

describe('a reaction', () => {
  async function painted(): Promise<{
    job: string;
    react: (action: string, actor?: Actor) => Promise<Message[]>;
  }> {
    await sent({ content: photo, style: painting });
    const { task, finish } = await test.easel.next();
    await finish();
    await test.platform.until(() => test.platform.texts(`status-${task.jobId}`)[0]?.startsWith('Painted'));
    const posted = test.platform.messages.find(({ key }) => key === `end-${task.jobId}`);
    const message = posted?.ref as NonNullable<typeof posted>['ref'];
    return {
      job: task.jobId,
      react: (action, actor = ann) =>
        test.platform.send({ kind: 'action', actor, place: studio, action, message }),
    };
  }

  it('that means nothing, or is on a message that is no result, is ignored', async () => {
    const { react } = await painted();
    expect(await react('💩')).toEqual([]);
    const elsewhere = { platform: 'fake', channel: 'studio', message: 'somebody-else’s' };
    expect(
      await test.platform.send({
        kind: 'action',
        actor: ann,
        place: studio,
        action: '➕',
        message: elsewhere,
      }),
    ).toEqual([]);
    expect(only(await command('queue')).text).toContain('0 waiting · 0 of 1');
  });

  it('by a blocked user does nothing, and blocks nobody else', async () => {
    const { react, job } = await painted();
    await command('limits', { user: 'bob', blocked: true }, admin, 'user');
    expect(await react('➕', bob)).toEqual([]);
    expect(await react('➕')).toEqual([]);
    const { task, finish } = await test.easel.next();
    expect(task.init).toBeDefined();
    expect(task.jobId).not.toBe(job);
    await finish();
    await command('limits', { user: 'bob', blocked: false }, admin, 'user');
  });

  it('on a deleted result is refused', async () => {
    const { react, job } = await painted();
    expect(only(await react('❌')).text).toMatch(/deleted/);
    const result = test.platform.messages.find(({ key }) => key === `end-${job}`);
    expect(result?.removed).toBe(true);
    expect(only(await react('➕')).text).toMatch(/has been deleted.*stylize/s);
    expect(only(await command('result', { job })).picture).toBeUndefined();
  });

  it('given twice in a moment counts once', async () => {
    const { react } = await painted();
    await Promise.all([react('➕'), react('➕'), react('➕')]);
    const { finish } = await test.easel.next();
    expect(only(await command('queue')).text).toContain('0 waiting · 1 of 1');
    await finish();
  });
});
