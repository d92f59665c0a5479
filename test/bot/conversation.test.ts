import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import type { Actor, Message } from '../../src/bot/chat.ts';
import { ImpastoError } from '../../src/nst/errors.ts';
import { defaultsOf } from '../../src/nst/method-settings.ts';
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
import { gradientPicture } from '../support/pictures.ts';

let test: TestInstance;
afterEach(() => test[Symbol.asyncDispose]());

const stylize: TestInstance['stylize'] = (...args) => test.stylize(...args);
const command: TestInstance['command'] = (...args) => test.command(...args);
const messageOf = (key: string) => test.platform.messages.find((message) => message.key === key);
const ended = (job: string) => test.platform.until(() => messageOf(`end-${job}`));

async function react(job: string, action: string, actor: Actor = ann): Promise<Message[]> {
  const message = (await ended(job)).ref;
  // Its last line is written when the message is on record.
  await test.platform.until(() => test.platform.texts(`status-${job}`)[0]?.startsWith('Painted'));
  return test.platform.send({ kind: 'action', actor, place: studio, action, message });
}

async function painted(options: UserOptions = {}): Promise<string> {
  await stylize(options);
  const { task, finish } = await test.easel.next();
  await finish();
  await ended(task.jobId);
  return task.jobId;
}

describe('a conversation', () => {
  it('goes from acceptance over the queue and the painting to a result that calls its requester', async () => {
    test = await startTestInstance();
    await stylize();
    await stylize({}, bob);
    const first = await test.easel.next();
    const status = messageOf(`status-${first.task.jobId}`);
    await test.platform.until(() => status?.versions.at(-1)?.text.includes('Painting'));
    const waiting = test.platform.messages[1]?.versions[0];
    expect(waiting?.text).toMatch(
      /^\*\*Accepted\*\* · number 1 in the queue, starts in .* · then .* of painting/,
    );
    first.progress(20);
    await test.platform.until(() => status?.versions.at(-1)?.text.includes('20 %'));
    first.progress(60);
    await test.platform.until(() => status?.versions.at(-1)?.text.includes('60 %'));
    const thumbnails = status?.versions.flatMap(({ picture }) => (picture ? [picture.bytes[0]] : []));
    expect(thumbnails).toEqual([20, 60]);
    expect(status?.versions.at(-1)?.text).toContain('40 s left');
    await first.finish();
    const result = await ended(first.task.jobId);
    expect(result.ref).not.toEqual(status?.ref);
    expect(result.versions[0]).toMatchObject({
      mention: 'ann',
      picture: { name: `${first.task.jobId}.png` },
    });
    expect(result.versions[0]?.text).toMatch(/➕ more style · ➖ more content/);
    await test.platform.until(() => status?.versions.at(-1)?.text.startsWith('Painted in'));
    expect(status?.versions.at(-1)?.picture).toBeUndefined();
    await (await test.easel.next()).finish();
    expect(test.platform.violations).toEqual([]);
  });

  it('edits no faster than the platform permits, and shows the newest of what came in between', async () => {
    test = await startTestInstance();
    await stylize();
    const { task, progress, finish } = await test.easel.next();
    for (let iteration = 1; iteration <= 90; iteration++) progress(iteration);
    const status = messageOf(`status-${task.jobId}`);
    await test.platform.until(() => status?.versions.at(-1)?.text.includes('90 %'));
    expect(status?.versions.length).toBeLessThan(10);
    await finish();
    await ended(task.jobId);
    expect(test.platform.violations).toEqual([]);
  });

  it('tells a failure as a message that calls its requester, with what to do', async () => {
    test = await startTestInstance();
    await stylize();
    const { task, fail } = await test.easel.next();
    fail(new Error('ENOENT /home/secret/path'));
    const { versions } = await ended(task.jobId);
    expect(versions[0]?.mention).toBe('ann');
    expect(versions[0]?.text).toMatch(/could not paint.*Try again/s);
    expect(versions[0]?.text).not.toContain('secret');
    expect(test.log.join('')).toContain('secret');
  });

  it('goes to direct messages when its place is gone or closed', async () => {
    test = await startTestInstance();
    await stylize();
    const { task, finish } = await test.easel.next();
    test.platform.closed.set('studio', 'message-gone');
    await finish();
    const direct = await test.platform.until(() => messageOf(`direct-end-${task.jobId}`));
    expect(direct.place.channel).toBe('@ann');
    expect(direct.versions[0]?.picture).toBeDefined();
  });

  it('is told where a status cannot be posted, and its job is painted all the same', async () => {
    test = await startTestInstance();
    test.platform.closed.set('studio', 'platform-refused');
    const [reply] = await stylize();
    expect(reply?.text).toMatch(/Accepted.*cannot show its progress/s);
    const { task, finish } = await test.easel.next();
    await finish();
    await test.platform.until(() => messageOf(`direct-end-${task.jobId}`));
  });

  it('reduces a picture that is too large to be sent', async () => {
    test = await startTestInstance();
    test.platform.uploadBytes = 900;
    const job = await painted();
    const result = messageOf(`end-${job}`)?.versions[0];
    expect(result?.picture?.name).toBe(`${job}.jpg`);
    expect(result?.picture?.bytes.length).toBeLessThanOrEqual(900);
    expect(result?.text).toContain('Compressed, because');
  });
});

describe('a re-run', () => {
  it('starts from its parent’s picture with changed weights, is charged to who asked, and keeps its lineage', async () => {
    test = await startTestInstance();
    const parent = await painted();
    await react(parent, '➕', bob);
    const { task, finish } = await test.easel.next();
    expect(task.options).toMatchObject({ strength: 0.5, init: 'picture', minSize: 512 });
    expect(task.init).toMatch(/^[0-9a-f]{64}$/);
    await finish();
    expect((await ended(task.jobId)).versions[0]?.mention).toBe('bob');
    const [details] = await command('result', { job: task.jobId });
    expect(details?.text).toContain(`Lineage: \`${parent}\` → \`${task.jobId}\` (➕ strength 0 → +0.5)`);
    await react(task.jobId, '➕');
    const second = await test.easel.next();
    expect(second.task.options.strength).toBe(1);
    await second.finish();
  });

  it('from a new seed starts from noise with the full number of evaluations', async () => {
    test = await startTestInstance();
    const parent = await painted();
    await react(parent, '➕');
    const warm = await test.easel.next();
    await warm.finish();
    await react(warm.task.jobId, '🔁');
    const { task, finish } = await test.easel.next();
    expect(task.init).toBeUndefined();
    const { iterations } = defaultsOf('mix');
    expect(task.options).toMatchObject({ init: 'noise', iterations, strength: 0.5 });
    await finish();
  });

  it('is not begun when limits would undo its change', async () => {
    test = await startTestInstance();
    await command('limits', { max_size: 512 }, admin, 'set');
    const parent = await painted();
    const [reply] = await react(parent, '🔍');
    expect(reply?.text).toMatch(/largest size here is 512.*Nothing would change/s);
  });

  it('on a result without its picture starts anew, and without its sources is refused', async () => {
    test = await startTestInstance();
    const parent = await painted();
    const { rm } = await import('node:fs/promises');
    await rm(`${test.folder}/pictures`, { recursive: true });
    const [reply] = await react(parent, '➕');
    expect(reply?.text).toMatch(/too old/);
  });

  it('of a job that is being painted starts anew with the changed weights', async () => {
    test = await startTestInstance({ environment: { IMPASTO_PAINTERS: '2' } });
    await command('limits', { concurrent_per_user: 2 }, admin, 'set');
    await stylize();
    const first = await test.easel.next();
    const message = messageOf(`status-${first.task.jobId}`)?.ref as never;
    await test.platform.send({ kind: 'action', actor: ann, place: studio, action: '➕', message });
    const second = await test.easel.next();
    expect(second.task.options).toMatchObject({ strength: 0.5 });
    expect(second.task.init).toBeUndefined();
    await first.finish();
    await second.finish();
  });
});

describe('a request whose status cannot be told', () => {
  it.each([
    [
      'for a reason that has words',
      new ImpastoError('platform-refused', 'No threads.', { advice: 'Ask.' }),
      'No threads. Ask.',
    ],
    ['for one that nobody foresaw', new TypeError('a defect'), 'I cannot show its progress here.'],
  ])('%s is accepted all the same, its requester told so, and painted', async (_, fault, words) => {
    test = await startTestInstance();
    test.platform.threadFault = fault;
    const [answer] = await stylize();
    expect(answer).toMatchObject({ private: true, text: expect.stringMatching(/^\*\*Accepted\*\*/) });
    expect(answer?.text).toContain(words);
    expect(answer?.text).not.toContain('a defect');
    const { task, finish } = await test.easel.next();
    await finish();
    await ended(task.jobId);
    expect(test.log.some((line) => line.includes('a status cannot be posted'))).toBe(true);
  });
});

describe('a thread’s first message', () => {
  it('is none of a result’s: reactions on it mean nothing', async () => {
    test = await startTestInstance();
    const job = await painted();
    const message = { platform: 'fake', channel: studio.channel, message: `beginning of thread-${job}` };
    for (const action of ['➕', '❌']) {
      expect(
        await test.platform.send({ kind: 'action', actor: ann, place: studio, action, message }),
      ).toEqual([]);
    }
    expect((await command('queue'))[0]?.text).toContain('None of them is yours.');
    expect(messageOf(`end-${job}`)?.removed).toBe(false);
  });
});

describe('other reactions', () => {
  it('send the time lapse here and the picture to direct messages', async () => {
    test = await startTestInstance();
    const job = await painted();
    const [lapse] = await react(job, '🎞️', bob);
    expect(lapse?.picture?.name).toBe(`${job}-time-lapse.webp`);
    expect(await react(job, '✉️', bob)).toEqual([]);
    const direct = test.platform.messages.find(({ place }) => place.channel === '@bob');
    expect(direct?.versions[0]?.picture?.bytes.length).toBeGreaterThan(0);
  });

  it('pick a strength from a sheet', async () => {
    test = await startTestInstance();
    await stylize({ sweep: true, size: 768 });
    const sheet = await test.easel.next();
    expect(sheet.task).toMatchObject({ kind: 'sweep', options: { size: 256, iterations: 80 } });
    await sheet.finish();
    await react(sheet.task.jobId, '5️⃣');
    const { task, finish } = await test.easel.next();
    expect(task).toMatchObject({ kind: 'painting', options: { size: 768, strength: 1 } });
    await finish();
  });
});

describe('an answer', () => {
  it('that would be too long for a platform is cut, within a line that is very long', async () => {
    test = await startTestInstance();
    const channels = Array.from({ length: 40 }, (_, index) => `${'c'.repeat(55)}-${index + 10}`);
    let last: Message | undefined;
    for (const channel of channels) {
      [last] = await command('limits', { channel, allowed: true }, admin, 'channel');
    }
    expect(last?.text).toMatch(/^I paint in <channel:c+-10>, .*<channel:c+-\d\d>, …$/);
    const [shown] = await command('limits', {}, admin, 'show');
    expect(shown?.text).toMatch(/Channels: <channel:c+-10> .*<channel:c+-\d\d> …$/);
  });

  it('with a style’s picture has its kind of file, fits into an upload, and tells no place', async () => {
    test = await startTestInstance();
    const picture = {
      name: 'mine.jpg',
      content: await gradientPicture(96, 64)
        .withExif({ IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
        .jpeg()
        .toBuffer(),
    };
    expect((await sharp(picture.content).metadata()).exif).toBeDefined();
    await command('styles', { name: 'mine', picture }, ann, 'save');
    const [shown] = await command('styles', { name: 'mine' }, bob, 'show');
    expect(shown?.picture?.name).toBe('style.png');
    expect((await sharp(shown?.picture?.bytes).metadata()).exif).toBeUndefined();
    const [whole] = await command('styles', { name: 'poppy-wash' }, bob, 'show');
    expect(whole?.picture?.name).toBe('style.webp');
    const limit = Math.round((whole?.picture?.bytes.length ?? 0) / 2);
    test.platform.uploadBytes = limit;
    const [smaller] = await command('styles', { name: 'poppy-wash' }, bob, 'show');
    expect(smaller?.picture?.bytes.length).toBeLessThanOrEqual(limit);
    expect(smaller?.picture?.name).toBe('style.jpg');
  });
});

describe('a name', () => {
  it.each([
    ['Ann\u202e\u2066 gpj', 'Ann gpj'],
    ['\u202e\u200f', 'ann'],
    ['עדה', 'עדה'],
  ])('%j turns no text around', async (name, shown) => {
    test = await startTestInstance();
    await stylize({}, { ...ann, name });
    const { task, finish } = await test.easel.next();
    await finish();
    await test.platform.until(() => messageOf(`end-${task.jobId}`));
    const [told] = await command('result', { job: task.jobId });
    expect(told?.text).toContain(`for \`${shown}\``);
    expect(test.platform.opened.map(({ userName }) => userName)).toEqual([shown]);
  });
});

describe('an admin’s limit', () => {
  it('changes later requests, and their authors are told', async () => {
    test = await startTestInstance();
    await painted({ size: 768 });
    const [changed] = await command('limits', { max_size: 384 }, admin, 'set');
    expect(changed?.text).toContain('`max_size` 1024 → 384');
    await stylize({ size: 768 }, bob);
    const { task, finish } = await test.easel.next();
    expect(task.options.size).toBe(384);
    expect(messageOf(`status-${task.jobId}`)?.versions[0]?.text).toMatch(
      /largest size here is 384 px; you asked for 768/,
    );
    await finish();
    const [log] = await command('limits', {}, admin, 'log');
    expect(log?.text).toMatch(/<user:ada> set max_size/);
  });

  it('on waiting jobs refuses with when to try again', async () => {
    test = await startTestInstance();
    await command('limits', { waiting_per_user: 1 }, admin, 'set');
    await stylize();
    const running = await test.easel.next();
    await stylize();
    const [refused] = await stylize();
    expect(refused?.text).toMatch(/1 jobs? waiting.*limit here is 1/s);
    await running.finish();
    await (await test.easel.next()).finish();
  });

  it.each(['constructor', '__proto__'])(
    'for a role called %s is kept and told like any other',
    async (role) => {
      test = await startTestInstance();
      const [allowed] = await command('limits', { role, allowed: true }, admin, 'role');
      expect(allowed?.text).toContain('no daily number of its own');
      const [counted] = await command('limits', { role, jobs_per_day: 1 }, admin, 'role');
      expect(counted?.text).toContain(`<role:${role}>: 1 job per member and day`);
      const [shown] = await command('limits', {}, admin, 'show');
      expect(shown?.text).toContain(`<role:${role}> 1 job per member and day`);
      const [removed] = await command('limits', { role, jobs_per_day: -1 }, admin, 'role');
      expect(removed?.text).toContain('no daily number of its own');
    },
  );

  it('that is more than the instance permits is cut down, and the admin is told', async () => {
    test = await startTestInstance({ environment: { IMPASTO_LIMIT_SIZE: '1500' } });
    const [reply] = await command('limits', { max_size: 4000 }, admin, 'set');
    expect(reply?.text).toMatch(/→ 1500, the most that this instance permits/);
  });
});

describe('fairness', () => {
  it('lets a user’s one job go before the rest of another’s fifty', async () => {
    test = await startTestInstance({ environment: { IMPASTO_LIMIT_WAITING_PER_USER: '100' } });
    await command('limits', { waiting_per_user: 100, jobs_per_user_per_day: 100 }, admin, 'set');
    for (let index = 0; index < 50; index++) await stylize();
    const first = await test.easel.next();
    await stylize({}, bob);
    const bobs = test.platform.messages.at(-1);
    expect(bobs?.versions[0]?.text).toContain('number 1 in the queue');
    await first.finish();
    const { task, finish } = await test.easel.next();
    expect(`status-${task.jobId}`).toBe(bobs?.key);
    await finish();
    await ended(task.jobId);
  });
});

describe('a full queue', () => {
  it('refuses at once and says so, and what was accepted is painted', async () => {
    test = await startTestInstance({ environment: { IMPASTO_QUEUE_SIZE: '1' } });
    await stylize();
    const running = await test.easel.next();
    await stylize({}, bob);
    const [refused] = await stylize({}, admin);
    expect(refused?.text).toMatch(/queue is full.*Try again/s);
    await running.finish();
    await (await test.easel.next()).finish();
  });
});

describe('memory', () => {
  it('that a job cannot have is known before it is accepted, with the size that fits', async () => {
    test = await startTestInstance({
      environment: { IMPASTO_MEMORY_MB: '1600', IMPASTO_LIMIT_SIZE: '4096' },
    });
    await command('limits', { max_size: 4096 }, admin, 'set');
    const [reply] = await stylize({ size: 4096 });
    expect(reply?.text).toMatch(/4096 px would need.*largest size that fits is 512 px/s);
  });
});

describe('personal commands', () => {
  it('keep defaults for stylize and forget them', async () => {
    test = await startTestInstance();
    await command('preferences', { strength: 1, colors: 'content' }, ann, 'set');
    expect((await command('preferences', {}, ann, 'show'))[0]?.text).toMatch(
      /`strength` 1\n`colors` content/,
    );
    await stylize();
    const { task, finish } = await test.easel.next();
    expect(task.options).toMatchObject({ strength: 1, colors: 'content' });
    await finish();
    await command('preferences', {}, ann, 'reset');
    expect((await command('preferences', {}, ann, 'show'))[0]?.text).toMatch(/no defaults/);
  });

  it('erase a user’s pictures, jobs, styles and preferences, and nobody else’s', async () => {
    test = await startTestInstance();
    const job = await painted();
    await command('styles', { name: 'Mine', picture: painting }, ann, 'save');
    await command('preferences', { strength: 1 }, ann, 'set');
    await stylize({}, bob);
    const bobs = await test.easel.next();
    await stylize();
    expect((await command('forget-me', { confirm: false }))[0]?.text).toMatch(/Nothing has been erased/);
    const [erased] = await command('forget-me', { confirm: true });
    expect(erased?.text).toMatch(
      /^Erased: 2 jobs, \d+ pictures?, 1 saved style, 1 preference and \d+ messages/,
    );
    expect(messageOf(`end-${job}`)?.removed).toBe(true);
    expect((await command('result', { job }))[0]?.text).toMatch(/no job/);
    await bobs.finish();
    expect((await ended(bobs.task.jobId)).versions[0]?.picture).toBeDefined();
  });

  it('say which messages could not be erased, and count none of them', async () => {
    test = await startTestInstance();
    await painted();
    await test.platform.until(() => test.platform.texts('status-')[0]?.startsWith('Painted'));
    test.platform.closed.set(studio.channel, 'platform-refused');
    const [erased] = await command('forget-me', { confirm: true });
    expect(erased?.text).toMatch(/and 0 messages\..*\n⚠ I could not remove 3 messages: ask a moderator/);
  });

  it('save, show, use and remove a style of the server', async () => {
    test = await startTestInstance();
    const name = 'Blue Hour';
    expect((await command('styles', { name, picture: painting }, ann, 'save'))[0]?.text).toContain(
      '`blue-hour`',
    );
    expect((await command('styles', { name, picture: painting }, bob, 'save'))[0]?.text).toMatch(
      /already|has a style/,
    );
    expect((await command('styles', {}, bob, 'list'))[0]?.text).toContain('`blue-hour`');
    expect((await command('styles', { name: 'blue-hour' }, bob, 'show'))[0]?.picture).toBeDefined();
    await test.platform.send({
      kind: 'command',
      actor: bob,
      place: studio,
      command: 'stylize',
      options: { content: photo, style_name: 'blue-hour', style2_name: 'poppy-wash', blend: 75 },
    });
    const { task, finish } = await test.easel.next();
    expect(task.styles).toHaveLength(2);
    expect(task.options.styleBlend).toEqual([75, 25]);
    await finish();
    expect((await command('styles', { name: 'blue-hour' }, bob, 'remove'))[0]?.text).toMatch(/Somebody else/);
    expect((await command('styles', { name: 'blue-hour' }, ann, 'remove'))[0]?.text).toMatch(/Removed/);
    expect((await command('styles', { name: 'poppy-wash' }, admin, 'remove'))[0]?.text).toMatch(/gallery/);
  });

  it('help and tell about the bot, with the admins’ commands for admins', async () => {
    test = await startTestInstance();
    expect((await command('help'))[0]?.text).not.toContain('`limits`');
    expect((await command('help', {}, admin))[0]?.text).toContain('`limits`');
    expect((await command('about'))[0]?.text).toMatch(/Impasto \d.*CC BY 4.0/s);
  });
});
