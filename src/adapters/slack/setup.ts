import { ImpastoError } from '../../nst/errors.ts';
import type { ConnectionOptions } from './connection.ts';

/** What the environment says of Slack. */
export interface SlackSetup {
  readonly botToken: string | undefined;
  readonly appToken: string | undefined;
  readonly signingSecret: string | undefined;
  readonly httpHost: string;
  readonly httpPort: number;
}

/**
 * How events come: by Socket Mode where there is a token for it, else by HTTP.
 *
 * @throws ImpastoError `bad-setting` when there is neither.
 */
export function slackConnection({
  appToken,
  signingSecret,
  httpHost,
  httpPort,
}: SlackSetup): ConnectionOptions {
  if (appToken !== undefined) return { appToken };
  if (signingSecret !== undefined) return { signingSecret, host: httpHost, port: httpPort };
  throw new ImpastoError('bad-setting', 'IMPASTO_SLACK_BOT_TOKEN alone does not connect Slack.', {
    advice: 'Set IMPASTO_SLACK_APP_TOKEN for Socket Mode, or IMPASTO_SLACK_SIGNING_SECRET for HTTP.',
  });
}
