import { RESTJSONErrorCodes as Codes } from 'discord-api-types/v10';

/** A node of the tree that Discord puts into a 50035: errors at the leaves, names or indices on the way. */
export interface FormErrors {
  [key: string]: FormErrors | { _errors: { code: string; message: string }[] };
}

/** What the platform answers instead of doing what it was asked. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: number;
  readonly errors: FormErrors | undefined;
  /** Seconds, where the answer is a 429. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    code: number,
    message: string,
    more: { errors?: FormErrors; retryAfter?: number } = {},
  ) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.errors = more.errors;
    this.retryAfter = more.retryAfter;
  }
}

/** Status and words of the refusals that need no more than their code. */
const KNOWN = {
  [Codes.GeneralError]: [401, '401: Unauthorized'],
  [Codes.UnknownChannel]: [404, 'Unknown Channel'],
  [Codes.UnknownGuild]: [404, 'Unknown Guild'],
  [Codes.UnknownMember]: [404, 'Unknown Member'],
  [Codes.UnknownMessage]: [404, 'Unknown Message'],
  [Codes.UnknownRole]: [404, 'Unknown Role'],
  [Codes.UnknownUser]: [404, 'Unknown User'],
  [Codes.UnknownEmoji]: [400, 'Unknown Emoji'],
  [Codes.UnknownWebhook]: [404, 'Unknown Webhook'],
  [Codes.UnknownInteraction]: [404, 'Unknown interaction'],
  [Codes.UnknownApplicationCommand]: [404, 'Unknown application command'],
  [Codes.MaximumNumberOfReactionsReached]: [400, 'Maximum number of reactions reached (20)'],
  [Codes.RequestEntityTooLarge]: [413, 'Request entity too large'],
  [Codes.InteractionHasAlreadyBeenAcknowledged]: [400, 'Interaction has already been acknowledged.'],
  [Codes.MissingAccess]: [403, 'Missing Access'],
  [Codes.CannotEditMessageAuthoredByAnotherUser]: [403, 'Cannot edit a message authored by another user'],
  [Codes.CannotSendAnEmptyMessage]: [400, 'Cannot send an empty message'],
  [Codes.CannotSendMessagesToThisUser]: [403, 'Cannot send messages to this user'],
  [Codes.MissingPermissions]: [403, 'Missing Permissions'],
  [Codes.CannotExecuteActionOnSystemMessage]: [403, 'Cannot execute action on a system message'],
  [Codes.CannotExecuteActionOnThisChannelType]: [400, 'Cannot execute action on this channel type'],
  [Codes.InvalidWebhookToken]: [401, 'Invalid Webhook Token'],
  [Codes.InvalidActionOnArchivedThread]: [400, 'Thread is archived'],
  [Codes.RequestBodyContainsInvalidJSON]: [400, 'The request body contains invalid JSON.'],
  [Codes.CannotReplyWithoutPermissionToReadMessageHistory]: [
    403,
    'Cannot reply without permission to read message history',
  ],
  [Codes.MaximumActiveThreads]: [400, 'Maximum number of active threads reached'],
  [Codes.ThreadAlreadyCreatedForMessage]: [400, 'A thread has already been created for this message'],
} as const satisfies Partial<Record<Codes, readonly [number, string]>>;

export function refusal(code: keyof typeof KNOWN): Refusal {
  const [status, message] = KNOWN[code];
  return new Refusal(status, code, message);
}

/** Collects what is wrong with a body, each with the path to it, and refuses the body if anything is. */
export class Form {
  readonly #errors: FormErrors = {};
  #any = false;

  /** Notes an error unless the condition holds; says whether it does. */
  check(holds: boolean, path: readonly (string | number)[], code: string, message: string): boolean {
    if (holds) return true;
    this.#any = true;
    let node = this.#errors;
    for (const key of path.slice(0, -1)) {
      node[key] ??= {};
      node = node[key] as FormErrors;
    }
    const last = String(path.at(-1) ?? '_root');
    const leaf = (node[last] ?? {}) as { _errors?: { code: string; message: string }[] };
    leaf._errors = [...(leaf._errors ?? []), { code, message }];
    node[last] = leaf as FormErrors;
    return false;
  }

  /** A text between these lengths, counted as Discord does: in code points. */
  text(value: unknown, path: readonly (string | number)[], min: number, max: number): value is string {
    if (value === undefined || value === null) {
      return this.check(min === 0, path, 'BASE_TYPE_REQUIRED', 'This field is required');
    }
    if (
      !this.check(typeof value === 'string', path, 'STRING_TYPE_CONVERT', 'Could not interpret as string.')
    ) {
      return false;
    }
    const { length } = [...(value as string)];
    const words = `Must be between ${min} and ${max} in length.`;
    return this.check(length >= min && length <= max, path, 'BASE_TYPE_BAD_LENGTH', words);
  }

  /** @throws Refusal 50035 if anything was wrong */
  done(): void {
    if (!this.#any) return;
    throw new Refusal(400, Codes.InvalidFormBodyOrContentType, 'Invalid Form Body', { errors: this.#errors });
  }
}

/** A body that is wrong in one place. */
export function invalid(path: readonly (string | number)[], code: string, message: string): Refusal {
  const form = new Form();
  try {
    form.check(false, path, code, message);
    form.done();
  } catch (error) {
    return error as Refusal;
  }
  throw new Error('unreachable');
}
