import type { ActionEvent, CommandEvent, Place } from './chat.ts';

/** The bot as adapters use it. No method throws: what goes wrong is answered in the conversation. */
export interface Bot {
  /** A command was given. Settles when it has been answered; a painting goes on afterwards. */
  command(event: CommandEvent): Promise<void>;
  /** A reaction was added, or a button pressed. */
  action(event: ActionEvent): Promise<void>;
  /** Up to 25 completions of a text option, best first. */
  suggest(command: string, option: string, text: string, place: Place): Promise<string[]>;
}
