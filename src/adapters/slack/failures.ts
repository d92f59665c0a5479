import { type ErrorCode, ImpastoError } from '../../nst/errors.ts';

/** What Web API errors mean in the words of the contract of chats. */
const MEANINGS: Readonly<Record<string, ErrorCode>> = {
  message_not_found: 'message-gone',
  channel_not_found: 'message-gone',
  thread_not_found: 'message-gone',
  user_not_found: 'message-gone',
  cant_update_message: 'message-gone',
  is_archived: 'platform-refused',
  not_in_channel: 'platform-refused',
  missing_scope: 'platform-refused',
  restricted_action: 'platform-refused',
  user_disabled: 'platform-refused',
  user_not_in_channel: 'platform-refused',
  cannot_dm_bot: 'platform-refused',
  messages_tab_disabled: 'platform-refused',
  invalid_auth: 'platform-refused',
  not_authed: 'platform-refused',
  token_revoked: 'platform-refused',
  token_expired: 'platform-refused',
  account_inactive: 'platform-refused',
  storage_limit_reached: 'platform-refused',
  file_uploads_disabled: 'platform-refused',
  file_upload_size_restricted: 'upload-too-large',
  edit_window_closed: 'too-many-edits',
  ratelimited: 'platform-failed',
  internal_error: 'platform-failed',
  fatal_error: 'platform-failed',
  service_unavailable: 'platform-failed',
  request_timeout: 'platform-failed',
};

/** How the bot is invited, in words. */
export const INVITE = 'Invite me there with `/invite @Impasto`.';

interface SlackFailure {
  readonly code?: unknown;
  readonly retryAfter?: number;
  readonly statusCode?: number;
  readonly data?: { readonly error?: string; readonly needed?: string };
}

/** What Slack calls an error, such as `is_archived`; undefined when it has not answered. */
export function slackError(error: unknown): string | undefined {
  return ((error ?? {}) as SlackFailure).data?.error;
}

/** Milliseconds that Slack says to wait; undefined for any other error. */
export function retryAfter(error: unknown): number | undefined {
  const { retryAfter: seconds } = (error ?? {}) as SlackFailure;
  return typeof seconds === 'number' ? 1000 * seconds : undefined;
}

/** Whether it is unknown if the call was carried out: its answer was lost. */
export function isDoubtful(error: unknown): boolean {
  const { code } = (error ?? {}) as SlackFailure;
  if (code === 'slack_webapi_request_error' || code === 'slack_webapi_http_error') return true;
  return MEANINGS[slackError(error) ?? ''] === 'platform-failed';
}

/** Slack's errors in the words of the contract of chats; anything else as it is. */
export function chatError(error: unknown): unknown {
  if (error instanceof ImpastoError) return error;
  const name = slackError(error);
  const code =
    isDoubtful(error) || retryAfter(error) !== undefined ? 'platform-failed' : MEANINGS[name ?? ''];
  if (!code) return error;
  const { message, advice } = words(code, name, error);
  return new ImpastoError(code, message, { advice, cause: error });
}

function words(code: ErrorCode, name: string | undefined, error: unknown) {
  if (code === 'message-gone') {
    return { message: 'The message, or the place that it was in, is gone.', advice: 'Ask elsewhere.' };
  }
  if (code === 'platform-failed') {
    return { message: 'Slack cannot be reached.', advice: 'Wait until it can be reached again.' };
  }
  if (code === 'upload-too-large') return tooLarge();
  if (code === 'too-many-edits') {
    return { message: 'Slack takes no more edits of this message.', advice: 'Wait a little.' };
  }
  const needed = ((error ?? {}) as SlackFailure).data?.needed;
  switch (name) {
    case 'not_in_channel':
      return { message: 'I am not in this channel.', advice: INVITE };
    case 'is_archived':
      return { message: 'The channel is archived.', advice: 'Ask in another one.' };
    case 'missing_scope':
      return {
        message: `I lack the permission ${needed ?? 'for that'}.`,
        advice: 'Whoever runs me has to install the app anew with `slack-manifest.yaml`.',
      };
    default:
      return {
        message: `Slack does not let me do that (${name}).`,
        advice: 'Whoever runs me has to look at it; `impasto doctor` may tell more.',
      };
  }
}

export function tooLarge() {
  return { message: 'Slack takes no file of this size here.', advice: 'Ask for a smaller size.' };
}

const BAD_TOKENS = new Set([
  'invalid_auth',
  'not_authed',
  'token_revoked',
  'token_expired',
  'account_inactive',
]);

/** What to say of an error that means that a token is not accepted; undefined for any other error. */
export function tokenError(cause: unknown, variable: string): ImpastoError | undefined {
  const name = slackError(cause) ?? '';
  if (!BAD_TOKENS.has(name) && name !== 'not_allowed_token_type') return undefined;
  const where =
    variable === 'IMPASTO_SLACK_APP_TOKEN'
      ? 'Basic Information → App-Level Tokens, with the scope connections:write'
      : 'OAuth & Permissions → Bot User OAuth Token';
  return new ImpastoError('bad-setting', `Slack does not accept the token in ${variable} (${name}).`, {
    advice: `Copy it anew from api.slack.com/apps → your app → ${where}.`,
    cause,
  });
}
