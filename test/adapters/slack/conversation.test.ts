import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { openPictureFolder } from '../../../src/store/pictures.ts';
import { painting, photo } from '../../support/instance.ts';
import { type Channel, type Json, picturesIn } from '../../support/slack/model.ts';
import { type SlackInstance, startSlackInstance } from '../../support/slack-stage.ts';

let test: SlackInstance;
const open = async (...args: Parameters<typeof startSlackInstance>) => {
  test = await startSlackInstance(...args);
};
afterEach(() => test[Symbol.asyncDispose]());

const files = [photo, painting];

/** A result of Ann's, asked for in words. */
async function painted(words = '', channel: Channel = test.channel) {
  test.ann.mention(channel, words, files);
  await (await test.easel.next()).finish();
  return test.message('your picture is ready');
}
/** What the newest answer to a command says that its author alone sees. */
async function answer(text: string, who = test.ann) {
  const known = new Set(test.channel.messages);
  await who.slash(test.channel, '/stylize', text);
  return test.server.until(() => test.channel.messages.find((message) => !known.has(message)));
}

describe('a mention in Slack', () => {
  it('with two pictures and a few words is a request', async () => {
    await open();
    test.ann.mention(test.channel, 'strength 2, keep colours please', files);
    const { task } = await test.easel.next();
    expect(task.options).toMatchObject({ strength: 2, colors: 'content' });
    expect(task.styles).toHaveLength(1);
  });

  it('with one picture and the name of a style is a request', async () => {
    await open();
    test.ann.mention(test.channel, 'in the style of poppy-wash, draft', [photo]);
    const { task } = await test.easel.next();
    expect(task.options.size).toBe(256);
    expect((await test.server.until(() => test.channel.roots[1])).text).toContain('poppy-wash');
  });

  it('in a thread stays there', async () => {
    await open();
    const first = await painted();
    test.ann.mention(test.channel, '', files, first.thread);
    await (await test.easel.next()).finish();
    const results = () =>
      test.channel.replies(first.thread ?? '').filter(({ text }) => text.includes('is ready'));
    await test.server.until(() => results()[1]);
    expect(test.channel.roots.filter(({ user }) => user === test.server.world.bot.id)).toHaveLength(1);
  });

  it('that cannot be understood is answered to its author alone', async () => {
    await open();
    test.ann.mention(test.channel, 'popy-wash', [photo]);
    const told = await test.message('There is no style');
    expect(told.onlyFor).toBe(test.ann.id);
    expect(told.text).toContain('poppy-wash');
  });

  it('saves a picture as a style, which can then be chosen in the modal', async () => {
    await open();
    test.ann.mention(test.channel, 'styles save My Sunset', [painting]);
    await test.message('There is no option');
    test.ann.mention(test.channel, 'styles save sunset', [painting]);
    await test.message('Saved as `sunset`');
    const view = await (await test.ann.slash(test.channel, '/stylize')).view();
    expect(await test.ann.suggest(view, 'style_name', 'sun')).toContain('sunset');
    await test.ann.submitModal(view, { content: photo, style_name: 'sunset' });
    expect((await test.easel.next()).task.styles).toHaveLength(1);
  });

  it('is not needed in direct messages', async () => {
    await open();
    test.ann.say(test.ann.direct, 'strength 1', files);
    await (await test.easel.next()).finish();
    const result = await test.message('your picture is ready');
    expect(result.channel).toBe(test.ann.direct);
    test.ann.react(result, 'heavy_plus_sign');
    expect((await test.easel.next()).task.options.strength).toBe(1.5);
  });
});

describe('/stylize', () => {
  it('answers in words, to whoever asked, in channels without the bot, too', async () => {
    await open();
    const channel = test.server.addChannel('elsewhere', [test.ann], { withBot: false });
    await test.ann.slash(channel, '/stylize', 'help');
    const help = await test.server.until(() => channel.messages[0]);
    expect(help.onlyFor).toBe(test.ann.id);
    expect(help.text).toContain('*I repaint a photograph');
  });

  it.each([
    ['queue', 'None of them is yours'],
    ['styles', 'The gallery'],
    ['about', 'Impasto'],
    ['preferences', 'default'],
    ['preferences set strength 1', 'strength'],
    ['cancel', 'You have no job'],
    ['result k3f9x2mq', 'There is no job'],
    ['forget-me', 'The option confirm is missing'],
    ['queue now', 'There is no option'],
    ['limits show', 'for those who manage'],
  ])('%s is understood', async (text, says) => {
    await open();
    expect((await answer(text)).text).toContain(says);
  });

  it('fills its modal in with what was written after it', async () => {
    await open();
    const use = await test.ann.slash(test.channel, '/stylize', 'poppy-wash strength -1 tv_weight 50');
    await test.ann.submitModal(await use.view(), { content: photo });
    expect((await test.easel.next()).task.options).toMatchObject({ strength: -1, tvWeight: 50 });
  });

  it('shows the style that is chosen in its modal, and the next one in its place', async () => {
    await open({ processing: 2 });
    const view = await (await test.ann.slash(test.channel, '/stylize')).view();
    const shown = () => picturesIn(view.content.blocks as Json[]);
    await test.ann.choose(view, 'style_name', 'poppy-wash');
    const [first] = await test.server.until(() => shown().length > 0 && shown());
    await test.ann.choose(view, 'style_name', 'whirling-night');
    await test.server.until(() => shown().length === 1 && shown()[0] !== first);
    await test.ann.submitModal(view, { content: photo, style_name: 'whirling-night' });
    await test.easel.next();
    expect(test.server.violations).toEqual([]);
  });

  it('says in the modal what cannot be read, and leaves it open', async () => {
    await open();
    const view = await (await test.ann.slash(test.channel, '/stylize')).view();
    const errors = await test.ann.submitModal(view, {
      content: photo,
      style: painting,
      advanced: 'tv_weight',
    });
    expect(errors?.advanced).toContain('has no value');
    expect(view.open).toBe(true);
    await test.ann.submitModal(view, { content: photo, style: painting, advanced: 'tv_weight 50' });
    expect((await test.easel.next()).task.options.tvWeight).toBe(50);
  });

  it('lets admins set limits, for channels and user groups, too, and calls nobody by it', async () => {
    await open();
    const ada = test.server.addUser('Ada', { isAdmin: true });
    test.channel.members.add(ada.id);
    test.server.world.groups.set('S0PAINTERS', { handle: 'painters', users: [ada.id] });
    expect((await answer('limits set max_size 256', ada)).text).toContain('1024 → 256');
    const role = await answer('limits role <!subteam^S0PAINTERS|@painters> allowed', ada);
    expect(role.text).toContain('`S0PAINTERS`');
    expect(role.text).not.toContain('<!subteam');
    test.ann.mention(test.channel, '', files);
    const refused = await test.message('only some roles may ask me');
    expect(refused.onlyFor).toBe(test.ann.id);
    expect((await answer(`limits user <@${test.ann.id}|ann> blocked`, ada)).onlyFor).toBe(ada.id);
    test.ann.mention(test.channel, '', files);
    await test.message('You have been blocked');
  });

  it('shows a style’s picture, as Slack can show it', async () => {
    await open();
    const shown = await answer('styles show poppy-wash');
    const file = test.server.world.files.get(shown.pictureIds[0] ?? '');
    expect((await sharp(file?.bytes).metadata()).format).toBe('png');
  });
});

describe('a message’s menu in Slack', () => {
  it('opens a modal for its picture, which works after a restart', async () => {
    await open();
    const message = test.ann.say(test.channel, 'look', [photo]);
    const view = await (await test.ann.shortcut(message, 'Stylize this picture')).view();
    await test.stop();
    await test.start();
    await test.ann.submitModal(view, { style_name: 'poppy-wash', preset: 'draft' });
    expect((await test.easel.next()).task.options.size).toBe(256);
  });

  it('keeps a picture as the style of the next request', async () => {
    await open();
    const message = test.ann.say(test.channel, 'this style', [painting]);
    await test.ann.shortcut(message, 'Use as style');
    await test.message('your next `stylize`');
    test.ann.mention(test.channel, '', [photo]);
    expect((await test.easel.next()).task.styles).toHaveLength(1);
  });

  it('says so when there is no picture', async () => {
    await open();
    await test.ann.shortcut(test.ann.say(test.channel, 'no picture'), 'Stylize this picture');
    expect((await test.message('There is no picture')).onlyFor).toBe(test.ann.id);
  });
});

describe('buttons and reactions in Slack', () => {
  it('open a form that is filled in, and paint again', async () => {
    await open();
    const result = await painted('strength 0.5 tv_weight 50');
    const view = await (await test.ann.click(result, 'tweak…')).view();
    await test.ann.submitModal(view, { size: '768' });
    const { task } = await test.easel.next();
    expect(task.options).toMatchObject({ size: 768, strength: 0.5, tvWeight: 50, init: 'picture' });
  });

  it('send the time lapse as a moving picture, and the result directly', async () => {
    await open();
    const frame = await sharp({ create: { width: 8, height: 16, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const lapse = await sharp([frame, await sharp(frame).negate().png().toBuffer()], {
      join: { animated: true },
    })
      .webp()
      .toBuffer();
    const pictures = openPictureFolder(`${test.folder}/pictures`);
    test.ann.mention(test.channel, '', files);
    await (await test.easel.next()).finish({ timelapse: await pictures.put(lapse) });
    const result = await test.message('your picture is ready');
    await test.ann.click(result, 'time lapse');
    const sent = await test.message(/^<@\w+> How/);
    const file = test.server.world.files.get(sent.pictureIds[0] ?? '');
    expect(file?.name).toMatch(/time-lapse\.gif$/);
    expect((await sharp(file?.bytes, { animated: true }).metadata()).pages).toBe(2);
    await test.ann.click(result, 'send to me');
    await test.server.until(() => test.ann.direct.messages[0]?.pictureIds[0]);
  });

  it('cancel a job that is being painted', async () => {
    await open();
    test.ann.mention(test.channel, '', files);
    await test.easel.next();
    const status = await test.message(/^\*(Accepted|Painting)/);
    await test.ann.click(status, 'cancel');
    await test.server.until(() => status.text.startsWith('Cancelled'));
  });

  it('of somebody else’s job delete nothing, unless an admin presses them', async () => {
    await open();
    const result = await painted();
    const bob = test.server.addUser('Bob');
    const ada = test.server.addUser('Ada', { isAdmin: true });
    for (const { id } of [bob, ada]) test.channel.members.add(id);
    await bob.click(result, 'delete');
    expect(await test.message('somebody else’s')).toMatchObject({ onlyFor: bob.id, thread: result.thread });
    ada.react(result, 'x');
    await test.server.until(() => result.deleted);
  });

  it('that mean nothing are left alone, and those that are refused are answered', async () => {
    await open();
    const result = await painted('strength 3');
    await test.server.until(() => result.reactions.get('x'));
    test.ann.react(result, 'tada');
    test.ann.react(result, 'heavy_plus_sign');
    const told = await test.message('The strength is +3 already');
    expect(told).toMatchObject({ onlyFor: test.ann.id, thread: result.thread });
    expect([...result.reactions.keys()].filter((name) => name !== 'tada')).toHaveLength(9);
  });
});

it('A workspace that the app is removed from is erased after the retention time', async () => {
  await open();
  test.server.world.emit({ type: 'app_uninstalled' }, test.channel);
  await expect.poll(() => test.log.join('')).toContain('removed from a server');
});

it('Nobody is called by a name that a stranger chose', async () => {
  await open();
  const eve = test.server.addUser('<!channel> *<@U000000001>*');
  test.channel.members.add(eve.id);
  eve.mention(test.channel, '', [photo, { ...painting, name: '<!here>.png' }]);
  await (await test.easel.next()).finish();
  await test.message('your picture is ready');
  const own = test.channel.messages.filter(({ user }) => user === test.server.world.bot.id);
  for (const { text } of own) expect(text).not.toMatch(/<!/);
  expect(own.flatMap(({ notified }) => notified)).toEqual([eve.id]);
  expect(test.server.violations).toEqual([]);
});
