import type { Admission } from '../admission.ts';
import type { CommandEvent, Message } from '../chat.ts';
import type { CommandSpec } from '../commands.ts';
import type { Conversations } from '../conversations.ts';
import type { Options } from '../options.ts';
import type { Services } from '../services.ts';
import type { Speed } from '../tasks.ts';

/** What a command's handler works with. */
export interface Handling extends Services {
  readonly admission: Admission;
  readonly conversations: Conversations;
  readonly speed: Speed;
}

/**
 * Carries out a command, or a subcommand.
 *
 * @returns the answer; nothing when it has been given already.
 * @throws ImpastoError what is told to whoever asked
 */
export type Handler = (
  event: CommandEvent,
  options: Options,
  handling: Handling,
  spec: CommandSpec,
) => Promise<Message | undefined>;
