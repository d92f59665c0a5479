import { DiscordAPIError, HTTPError, RESTJSONErrorCodes } from 'discord.js';
import { type ErrorCode, ImpastoError } from '../../nst/errors.ts';

const MEANINGS: Readonly<Record<number, ErrorCode>> = {
  [RESTJSONErrorCodes.UnknownChannel]: 'message-gone',
  [RESTJSONErrorCodes.UnknownMessage]: 'message-gone',
  [RESTJSONErrorCodes.UnknownGuild]: 'message-gone',
  [RESTJSONErrorCodes.UnknownUser]: 'message-gone',
  [RESTJSONErrorCodes.MissingAccess]: 'platform-refused',
  [RESTJSONErrorCodes.MissingPermissions]: 'platform-refused',
  [RESTJSONErrorCodes.CannotSendMessagesToThisUser]: 'platform-refused',
  [RESTJSONErrorCodes.RequestEntityTooLarge]: 'upload-too-large',
  [RESTJSONErrorCodes.MaximumNumberOfEditsToMessagesOlderThanOneHourReached]: 'too-many-edits',
};

/** Whether an error of Discord's API has one of these codes. */
export function isDiscordError(error: unknown, ...codes: readonly number[]): error is DiscordAPIError {
  return error instanceof DiscordAPIError && codes.includes(Number(error.code));
}

/** Whether an interaction can no longer be answered: its token has expired, or it was not acknowledged in time. */
export function isExpired(error: unknown): boolean {
  return (
    isDiscordError(
      error,
      RESTJSONErrorCodes.UnknownWebhook,
      RESTJSONErrorCodes.UnknownInteraction,
      RESTJSONErrorCodes.InvalidWebhookToken,
    ) ||
    (error instanceof DiscordAPIError && error.status === 401)
  );
}

/**
 * Discord's errors in the words of the contract of chats.
 *
 * @param missing - permissions that are known to be missing, as Discord's settings call them.
 */
export function chatError(error: unknown, missing: readonly string[] = []): unknown {
  if (error instanceof ImpastoError) return error;
  const code = codeOf(error);
  if (!code) return error;
  const { message, advice } = words(code, error, missing);
  return new ImpastoError(code, message, { advice, cause: error });
}

function codeOf(error: unknown): ErrorCode | undefined {
  if (error instanceof DiscordAPIError) {
    const { status } = error;
    const known = MEANINGS[Number(error.code)] ?? (status === 413 ? 'upload-too-large' : undefined);
    // What Discord does not permit for any other reason is no less an answer, which the requester gets elsewhere.
    return known ?? (status === 401 || status === 429 ? 'platform-failed' : 'platform-refused');
  }
  // What is left of the REST client's retries, and sockets that could not be opened or were closed.
  if (error instanceof HTTPError) return 'platform-failed';
  const system = (error as { code?: unknown; name?: unknown } | undefined) ?? {};
  const broken = typeof system.code === 'string' && /^(E[A-Z]+|UND_ERR_[A-Z_]+)$/.test(system.code);
  return broken || system.name === 'AbortError' ? 'platform-failed' : undefined;
}

function words(
  code: ErrorCode,
  error: unknown,
  missing: readonly string[],
): { message: string; advice: string } {
  switch (code) {
    case 'message-gone':
      return { message: 'The message, or the place that it was in, is gone.', advice: 'Ask elsewhere.' };
    case 'upload-too-large':
      return { message: 'Discord takes no file of this size here.', advice: 'Ask for a smaller size.' };
    case 'too-many-edits':
      return { message: 'Discord takes no more edits of this old message.', advice: 'Wait a little.' };
    case 'platform-failed':
      return {
        message: 'Discord cannot be reached.',
        advice: 'Look at this machine’s connection to discord.com, or wait.',
      };
    default:
      break;
  }
  if (isDiscordError(error, RESTJSONErrorCodes.CannotSendMessagesToThisUser)) {
    return {
      message: 'Discord lets me send you no direct messages.',
      advice: 'Permit them for this server.',
    };
  }
  return missing.length > 0
    ? {
        message: `I lack ${missing.join(', ')} there.`,
        advice: 'Somebody who manages the server can give it to me.',
      }
    : {
        message: 'Discord does not let me do that there.',
        advice: 'Somebody who manages the server has to look at my permissions; `impasto doctor` lists them.',
      };
}

/** What to say of a connection that Discord has closed so that it must not be opened again. */
export function disconnected({ code }: { readonly code: number }): ImpastoError {
  return new ImpastoError(
    'platform-failed',
    `Discord has closed the connection for good, with code ${code}.`,
    {
      advice: 'Look the code up in Discord’s documentation, mend what it names, and start the bot anew.',
    },
  );
}

/** The gateway's close code for a token that it does not accept. */
const AUTHENTICATION_FAILED = 4004;

/** What to say of an error that means that the token is not accepted; undefined for any other error. */
export function tokenError(cause: unknown): ImpastoError | undefined {
  const { code, status } = (cause ?? {}) as { readonly code?: unknown; readonly status?: unknown };
  if (code !== 'TokenInvalid' && status !== 401 && Number(code) !== AUTHENTICATION_FAILED) return undefined;
  return new ImpastoError('bad-setting', 'Discord does not accept the token in IMPASTO_DISCORD_TOKEN.', {
    advice: 'Copy it anew from discord.com/developers/applications → your application → Bot → Reset Token.',
    cause,
  });
}
