import { webApi } from '@slack/bolt';
import type { Check } from '../../core/check.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { ENDPOINT } from './connection.ts';
import { chatError, slackError, tokenError } from './failures.ts';
import { slackLogger } from './log.ts';
import { SCOPES } from './methods.ts';
import { type SlackSetup, slackConnection } from './setup.ts';

const REINSTALL =
  'Paste slack-manifest.yaml under api.slack.com/apps → your app → App Manifest, then Install App → Reinstall.';

/**
 * Looks at everything that the bot needs of Slack, without taking any event.
 *
 * @param api - base address of the Web API, for a proxy.
 */
export async function* checkSlack(setup: SlackSetup, api?: string): AsyncGenerator<Check> {
  const client = (token: string | undefined) =>
    new webApi.WebClient(token, {
      ...(api !== undefined && { slackApiUrl: api }),
      retryConfig: { retries: 1 },
      logger: slackLogger(),
    });
  try {
    const answer = await client(setup.botToken).auth.test();
    yield {
      state: answer.bot_id === undefined ? 'bad' : 'good',
      text: `Slack accepts the bot’s token: ${answer.user} in ${answer.team}`,
      ...(answer.bot_id === undefined && { advice: 'It is no bot’s token: use the one with xoxb-.' }),
    };
    yield scopesOf(answer.response_metadata?.scopes ?? []);
  } catch (error) {
    yield failed(error, 'IMPASTO_SLACK_BOT_TOKEN');
  }
  yield* checkConnection(setup, client);
}

function scopesOf(granted: readonly string[]): Check {
  const missing = SCOPES.filter((scope) => !granted.includes(scope));
  return missing.length === 0
    ? { state: 'good', text: `All ${SCOPES.length} permissions are granted` }
    : { state: 'bad', text: `It lacks the permissions ${missing.join(', ')}`, advice: REINSTALL };
}

async function* checkConnection(
  setup: SlackSetup,
  client: (token: string | undefined) => webApi.WebClient,
): AsyncGenerator<Check> {
  try {
    const connection = slackConnection(setup);
    if ('appToken' in connection) {
      await client(connection.appToken).apps.connections.open({});
      yield { state: 'good', text: 'Socket Mode can be connected: no public address is needed' };
      return;
    }
    const { host, port } = connection;
    yield {
      state: 'note',
      text: `Slack sends events to http://${host}:${port}${ENDPOINT}`,
      advice:
        'A public https address has to lead there, and has to stand in the app’s settings as the Request URL of the command, Event Subscriptions, and Interactivity.',
    };
  } catch (error) {
    yield failed(error, 'IMPASTO_SLACK_APP_TOKEN');
  }
}

function failed(error: unknown, variable: string): Check {
  if (slackError(error) === 'missing_scope') {
    return {
      state: 'bad',
      text: `The token in ${variable} lacks connections:write`,
      advice: 'Make a new one under Basic Information → App-Level Tokens, with that scope.',
    };
  }
  const told = tokenError(error, variable) ?? chatError(error);
  if (told instanceof ImpastoError) return { state: 'bad', text: told.message, advice: told.advice };
  return {
    state: 'bad',
    text: `Slack refuses ${variable}: ${slackError(error) ?? error}`,
    advice: REINSTALL,
  };
}
