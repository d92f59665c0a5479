import { App, SocketModeReceiver, webApi } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { slackLogger } from '../../../src/adapters/slack/log.ts';
import type { Human } from '../../support/slack/human.ts';
import type { Channel, Json } from '../../support/slack/model.ts';
import { type FakeSlack, type FakeSlackOptions, startFakeSlack } from '../../support/slack/server.ts';

let server: FakeSlack;
let ann: Human;
let channel: Channel;
let web: webApi.WebClient;
const open = async (options: FakeSlackOptions = {}) => {
  server = await startFakeSlack(options);
  ann = server.addUser('Ann');
  channel = server.addChannel('art', [ann]);
  web = client();
};
const client = (token = server.botToken) =>
  new webApi.WebClient(token, {
    slackApiUrl: server.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: slackLogger(),
  });
const call = (method: string, args: Json = {}) =>
  web.apiCall(method, args) as Promise<unknown> as Promise<Json>;
const post = (more: Json = {}) => call('chat.postMessage', { channel: channel.id, text: 'hello', ...more });
const refusal = async (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'nothing',
    (error) => String(error.data?.error ?? error.code),
  );
const section = (text: string, more: Json = {}) => ({
  type: 'section',
  text: { type: 'mrkdwn', text },
  ...more,
});
const button = (more: Json = {}) => ({
  type: 'button',
  action_id: 'a',
  text: { type: 'plain_text', text: 'press' },
  ...more,
});
const upload = async (name = 'a.png') => {
  const { file_id, upload_url } = await call('files.getUploadURLExternal', { filename: name, length: 3 });
  await fetch(String(upload_url), { method: 'POST', body: Buffer.from('abc') });
  await call('files.completeUploadExternal', { files: [{ id: file_id, title: name }] });
  return String(file_id);
};
afterEach(() => server.close());

describe('the Web API of the fake Slack', () => {
  beforeEach(() => open());

  it('knows the bot by its token, and nobody by another', async () => {
    expect(await call('auth.test')).toMatchObject({ user_id: server.world.bot.id });
    web = client('xoxb-another');
    expect(await refusal(call('auth.test'))).toBe('invalid_auth');
    web = client(server.appToken);
    expect(await refusal(post())).toBe('not_allowed_token_type');
  });

  it('refuses what the app has no scope for, and tells which it needs', async () => {
    (server.world.options.app.scopes as string[]).length = 0;
    await expect(post()).rejects.toMatchObject({ data: { error: 'missing_scope', needed: 'chat:write' } });
  });

  it('notes methods that it does not know', async () => {
    expect(await refusal(call('chat.sing'))).toBe('unknown_method');
    expect(server.violations).toEqual(['unknown method chat.sing']);
  });

  it('refuses to write where the bot is not, where nothing is, and into archives', async () => {
    expect(await refusal(post({ channel: 'C0NOWHERE' }))).toBe('channel_not_found');
    expect(await refusal(post({ thread_ts: '1.000001' }))).toBe('thread_not_found');
    channel.archived = true;
    expect(await refusal(post())).toBe('is_archived');
    channel.members.delete(server.world.bot.id);
    expect(await refusal(post())).toBe('not_in_channel');
  });

  it('lets the bot change and delete its own messages only', async () => {
    const { ts } = ann.say(channel, 'mine');
    expect(await refusal(call('chat.update', { channel: channel.id, ts, text: 'x' }))).toBe(
      'cant_update_message',
    );
    expect(await refusal(call('chat.delete', { channel: channel.id, ts }))).toBe('cant_delete_message');
    const own = (await post()).ts;
    await call('chat.update', { channel: channel.id, ts: own, text: 'changed' });
    expect(channel.find(own)?.versions.map(({ text }) => text)).toEqual(['hello', 'changed']);
    await call('chat.delete', { channel: channel.id, ts: own });
    expect(await refusal(call('chat.delete', { channel: channel.id, ts: own }))).toBe('message_not_found');
  });

  it.each<[string, Json]>([
    ['51 blocks', { blocks: Array.from({ length: 51 }, () => section('x')) }],
    ['too long a text', { blocks: [section('x'.repeat(3001))] }],
    ['an empty text', { blocks: [section('')] }],
    ['too long a block_id', { blocks: [section('x', { block_id: 'x'.repeat(256) })] }],
    ['a block_id twice', { blocks: [section('x', { block_id: 'x' }), section('y', { block_id: 'x' })] }],
    [
      'too long an action_id',
      { blocks: [{ type: 'actions', elements: [button({ action_id: 'x'.repeat(256) })] }] },
    ],
    ['an action_id twice', { blocks: [{ type: 'actions', elements: [button(), button()] }] }],
    [
      '26 buttons',
      {
        blocks: [
          { type: 'actions', elements: Array.from({ length: 26 }, (_, n) => button({ action_id: `${n}` })) },
        ],
      },
    ],
    ['an unknown style', { blocks: [{ type: 'actions', elements: [button({ style: 'red' })] }] }],
    [
      'an input',
      {
        blocks: [
          { type: 'input', label: { type: 'plain_text', text: 'x' }, element: { type: 'plain_text_input' } },
        ],
      },
    ],
    ['a picture without words', { blocks: [{ type: 'image', image_url: 'https://example.org/a.png' }] }],
    ['an unknown file', { blocks: [{ type: 'image', alt_text: 'x', slack_file: { id: 'F0NONE' } }] }],
  ])('refuses a message with %s', async (_, more) => {
    expect(await refusal(post(more))).toBe('invalid_blocks');
  });

  it('shows a file only when it has been processed, by its id or its address', async () => {
    const id = await upload();
    const image = (slack_file: Json) => ({ blocks: [{ type: 'image', alt_text: 'x', slack_file }] });
    expect(await refusal(post(image({ id, url: 'https://files.slack.com/x' })))).toBe('invalid_blocks');
    const fresh = await upload();
    expect(await refusal(post(image({ id: fresh })))).toBe('invalid_blocks');
    expect(await refusal(post(image({ id: fresh })))).toBe('nothing');
    const webp = await upload('a.webp');
    for (const file of server.world.files.values()) file.unready = 0;
    expect(await refusal(post(image({ id: webp })))).toBe('invalid_blocks');
  });

  it('sends files to the bot alone; to others a page to sign in', async () => {
    const message = ann.say(channel, '', [{ name: 'a.png', content: Buffer.from('abc') }]);
    const { url_private_download: address } = server.world.fileJson(message.files[0] as never);
    const get = (token: string) =>
      server.fetchFiles(String(address), { headers: { Authorization: `Bearer ${token}` } });
    expect(await (await get(server.botToken)).text()).toBe('abc');
    const page = await get('xoxb-another');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  });

  it('takes each reaction once', async () => {
    const args = { channel: channel.id, timestamp: (await post()).ts, name: 'x' };
    expect(await refusal(call('reactions.add', args))).toBe('nothing');
    expect(await refusal(call('reactions.add', args))).toBe('already_reacted');
  });

  it('tells metadata to whoever asks for it', async () => {
    const metadata = { event_type: 'painted', event_payload: { key: 'k' } };
    const { ts } = await post({ metadata });
    const look = async (more: Json) =>
      ((await call('conversations.replies', { channel: channel.id, ts, ...more })).messages as Json[])[0];
    expect(await look({})).not.toHaveProperty('metadata');
    expect(await look({ include_all_metadata: true })).toMatchObject({ metadata });
  });

  it('limits a method’s calls a minute, and notes who does not wait', async () => {
    const { ts } = await post();
    const update = () => refusal(call('chat.update', { channel: channel.id, ts, text: 'x' }));
    for (let n = 0; n < 50; n += 1) expect(await update()).toBe('nothing');
    expect(await update()).toBe('slack_webapi_rate_limited_error');
    expect(server.violations).toEqual([]);
    await update();
    expect(server.violations[0]).toMatch(/before Retry-After/);
    server.world.clock.advance(61_000);
    expect(await update()).toBe('nothing');
  });
});

describe('Bolt in Socket Mode, on the fake Slack,', () => {
  let app: App;
  let receiver: SocketModeReceiver;
  const told: Json[] = [];
  beforeEach(async () => {
    await open();
    told.length = 0;
    receiver = new SocketModeReceiver({
      appToken: server.appToken,
      logger: slackLogger(),
      clientPingTimeout: 200,
      installerOptions: { clientOptions: { slackApiUrl: server.apiUrl } },
    });
    app = new App({
      token: server.botToken,
      receiver,
      clientOptions: { slackApiUrl: server.apiUrl },
      logger: slackLogger(),
    });
  });
  afterEach(() => app.stop());
  const view = (more: Json = {}) => ({
    type: 'modal',
    callback_id: 'v',
    title: { type: 'plain_text', text: 'Title' },
    submit: { type: 'plain_text', text: 'Send' },
    blocks: [
      {
        type: 'input',
        block_id: 'picture',
        label: { type: 'plain_text', text: 'Picture' },
        element: { type: 'file_input', action_id: 'picture', filetypes: ['png'], max_files: 1 },
      },
    ],
    ...more,
  });

  it('opens a modal by a trigger, once and within three seconds, and gets its files', async () => {
    const outcomes: string[] = [];
    app.command('/stylize', async ({ ack, command, client: own }) => {
      await ack();
      const { trigger_id } = command;
      const opening = (content: Json) => refusal(own.views.open({ trigger_id, view: content as never }));
      outcomes.push(await opening(view({ title: { type: 'plain_text', text: 'x'.repeat(25) } })));
      outcomes.push(await opening(view({ private_metadata: 'x'.repeat(3001) })));
      outcomes.push(await opening(view()));
      outcomes.push(await opening(view()));
      server.world.triggers.set('old', {
        at: server.world.clock.now() - 3001,
        user: ann.account,
        used: false,
      });
      outcomes.push(await refusal(own.views.open({ trigger_id: 'old', view: view() as never })));
    });
    app.view('v', async ({ ack, view: sent }) => {
      await ack();
      told.push(sent.state.values as never);
    });
    await app.start();
    const use = await ann.slash(channel, '/stylize');
    const opened = await use.view();
    await server.until(() => outcomes.length === 5);
    expect(outcomes).toEqual([
      'invalid_arguments',
      'invalid_arguments',
      'nothing',
      'exchanged_trigger_id',
      'expired_trigger_id',
    ]);
    await expect(ann.submitModal(opened)).rejects.toThrow('picture is required');
    await ann.submitModal(opened, { picture: Buffer.from('abc') });
    expect(told[0]).toMatchObject({ picture: { picture: { files: [{ name: 'picture.png', size: 3 }] } } });
  });

  it('gets what the app subscribed to, where the app is', async () => {
    app.event('app_mention', async ({ event }) => void told.push(event as never));
    await app.start();
    const elsewhere = server.addChannel('elsewhere', [ann], { withBot: false });
    ann.mention(elsewhere, 'not heard');
    ann.say(channel, 'not heard');
    ann.mention(channel, 'heard');
    await server.until(() => told.length > 0);
    expect(told.map(({ text }) => text)).toEqual([`<@${server.world.bot.id}> heard`]);
  });

  it('connects anew when the socket drops or Slack asks for it, and misses no event', async () => {
    app.event('app_mention', async ({ event }) => void told.push(event as never));
    await app.start();
    server.socket.drop();
    ann.mention(channel, 'first');
    await server.until(() => told.length === 1);
    server.socket.disconnect('warning');
    await server.until(() => server.socket.connections === 3);
    ann.mention(channel, 'second');
    await server.until(() => told.length === 2);
  });

  it('is sent an event again that it did not acknowledge in time', async () => {
    const attempts: unknown[] = [];
    receiver.client.removeAllListeners('slack_event');
    receiver.client.on('slack_event', async ({ ack, retry_num }) => {
      attempts.push(retry_num);
      if (attempts.length === 2) await ack();
      else server.world.clock.advance(3001);
    });
    await app.start();
    ann.mention(channel, 'hello');
    await server.until(() => attempts.length === 2);
    expect(attempts).toEqual([0, 1]);
  });

  it('tells people when it does not acknowledge what they did', async () => {
    app.command('/stylize', async () => server.world.clock.advance(3001));
    await app.start();
    await expect(ann.slash(channel, '/stylize')).rejects.toThrow('operation_timeout');
  });
});
