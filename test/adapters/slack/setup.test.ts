import { afterEach, describe, expect, it } from 'vitest';
import { emojiOf, nameOf } from '../../../src/adapters/slack/emoji.ts';
import { COMMAND, EVENTS, SCOPES, SHORTCUTS } from '../../../src/adapters/slack/methods.ts';
import { mrkdwn } from '../../../src/adapters/slack/render.ts';
import { readCommand, readRequest } from '../../../src/adapters/slack/words.ts';
import { ACTIONS } from '../../../src/bot/actions.ts';
import { doctorCommand } from '../../../src/cli/doctor.ts';
import { readConfig } from '../../../src/config.ts';
import { readManifest } from '../../support/slack/manifest.ts';
import { type FakeSlack, type FakeSlackOptions, startFakeSlack } from '../../support/slack/server.ts';

it('The manifest has exactly the scopes, events, command and shortcuts that the adapter uses', () => {
  const manifest = readManifest();
  expect([...manifest.scopes].sort()).toEqual(SCOPES);
  expect([...manifest.events].sort()).toEqual(Object.keys(EVENTS).sort());
  expect(manifest.commands).toEqual([COMMAND]);
  const byId = Object.fromEntries(Object.entries(manifest.shortcuts).map(([name, id]) => [id, name]));
  expect(byId).toEqual(SHORTCUTS);
});

it('Every action’s emoji has a name in Slack', () => {
  for (const { emoji } of ACTIONS) expect(nameOf(emoji)).toMatch(/^\w+$/);
});

describe('words', () => {
  it.each([
    ['strength 2 keep colours', { strength: '2', colors: 'content' }],
    ['poppy-wash size: 512', { style_name: 'poppy-wash', size: '512' }],
    ['style=poppy-wash, strength -1.5, fine', { style_name: 'poppy-wash', strength: '-1.5', preset: 'fine' }],
    ['in the style of poppy-wash with its own colours', { style_name: 'poppy-wash', colors: 'content' }],
    ['sweep', { sweep: 'true' }],
    ['style_rotations no method gatys', { style_rotations: 'false', method: 'gatys' }],
    ['preset paper in the style of rice-paper', { preset: 'paper', style_name: 'rice-paper' }],
    ['stylize preset draft', { preset: 'draft' }],
    ['', {}],
    ['sweep constructor', { sweep: 'true', style_name: 'constructor' }],
    ['constructor', { style_name: 'constructor' }],
    ['poppy-wash __proto__', { style_name: 'poppy-wash', ['__proto__']: '__proto__' }],
  ])('“%s” are options', (text, options) => {
    expect(readRequest(text)).toEqual(options);
  });

  it.each([
    ['queue', { command: 'queue', options: {} }],
    ['styles show poppy-wash', { command: 'styles', subcommand: 'show', options: { name: 'poppy-wash' } }],
    ['limits set max_size 256', { command: 'limits', subcommand: 'set', options: { max_size: '256' } }],
    [
      'limits channel <#C012AB|art> allowed no',
      { command: 'limits', subcommand: 'channel', options: { channel: 'C012AB', allowed: 'false' } },
    ],
    ['forget-me confirm', { command: 'forget-me', options: { confirm: 'true' } }],
    ['poppy-wash', undefined],
  ])('“%s” is a command', (text, command) => {
    expect(readCommand(text)).toEqual(command);
  });

  it.each(['constructor', '__proto__', 'valueOf'])('“%s” is no reaction that means something', (name) => {
    expect(emojiOf(name)).toBeUndefined();
  });
});

describe('text', () => {
  it('keeps bold and code, and lets nobody be called', () => {
    expect(mrkdwn('**Done** `a<b` <!channel> & <user:U012AB>')).toBe(
      '*Done* `a&lt;b` &lt;!channel&gt; &amp; `U012AB`',
    );
    expect(mrkdwn('<user:U012AB> in <channel:C012AB>', true)).toBe('<@U012AB> in <#C012AB>');
  });
});

describe('impasto doctor, about Slack,', () => {
  let server: FakeSlack;
  afterEach(() => server.close());
  const doctor = async (
    environment: (server: FakeSlack) => Record<string, string>,
    options?: FakeSlackOptions,
  ) => {
    server = await startFakeSlack(options);
    let text = '';
    const config = readConfig(environment(server), 'no.env');
    const stdout = { write: (part: string) => (text += part) };
    await doctorCommand({ config, stdout: stdout as never, slackApi: server.apiUrl })
      .parseAsync([], { from: 'user' })
      .catch(() => {});
    return text;
  };
  const tokens = ({ botToken, appToken }: FakeSlack) => ({
    IMPASTO_SLACK_BOT_TOKEN: botToken,
    IMPASTO_SLACK_APP_TOKEN: appToken,
  });

  it('finds all well', async () => {
    const text = await doctor(tokens);
    expect(text).toContain('✓ Slack accepts the bot’s token: Impasto in Museum');
    expect(text).toContain(`✓ All ${SCOPES.length} permissions are granted`);
    expect(text).toContain('✓ Socket Mode can be connected');
  });

  it('names the permissions that are missing', async () => {
    const scopes = SCOPES.filter((scope) => scope !== 'files:write');
    expect(await doctor(tokens, { app: { scopes } })).toMatch(
      /✗ It lacks the permissions files:write\n {2}→ Paste/,
    );
  });

  it('says which token is not accepted, and shows neither', async () => {
    const text = await doctor(() => ({
      IMPASTO_SLACK_BOT_TOKEN: `xoxb-${'0'.repeat(40)}`,
      IMPASTO_SLACK_APP_TOKEN: `xapp-${'0'.repeat(40)}`,
    }));
    expect(text).toContain('✗ Slack does not accept the token in IMPASTO_SLACK_BOT_TOKEN');
    expect(text).toContain('✗ Slack does not accept the token in IMPASTO_SLACK_APP_TOKEN');
    expect(text).not.toContain('000000');
  });

  it('tells where events have to be sent by HTTP, and what is missing without either', async () => {
    const http = await doctor(({ botToken, signingSecret }) => ({
      IMPASTO_SLACK_BOT_TOKEN: botToken,
      IMPASTO_SLACK_SIGNING_SECRET: signingSecret,
    }));
    expect(http).toContain('http://127.0.0.1:8462/slack/events');
    await server.close();
    const neither = await doctor(({ botToken }) => ({ IMPASTO_SLACK_BOT_TOKEN: botToken }));
    expect(neither).toContain('Set IMPASTO_SLACK_APP_TOKEN for Socket Mode');
  });
});
