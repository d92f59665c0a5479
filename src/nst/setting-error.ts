import { ImpastoError } from './errors.ts';

/** What a setting is called where it is given, by its name in the library. */
export type NameOf = (setting: string) => string;

/** A refusal of settings (`bad-setting`), whose words call them as in the library, or as a surface does. */
export class SettingError extends ImpastoError {
  readonly #tell: (nameOf: NameOf) => { readonly message: string; readonly advice: string };

  constructor(tell: (nameOf: NameOf) => { message: string; advice: string }, cause?: unknown) {
    const { message, advice } = tell((setting) => setting);
    super('bad-setting', message, { advice, cause });
    this.#tell = tell;
  }

  /** The same, with the settings called as a surface calls them. */
  called(nameOf: NameOf): ImpastoError {
    const { message, advice } = this.#tell(nameOf);
    return new ImpastoError('bad-setting', message, { advice, cause: this.cause });
  }
}

/** An error in a surface's words: its settings are called as there. Errors about nothing of the kind stay as they are. */
export function inWordsOf(nameOf: NameOf, error: unknown): unknown {
  return error instanceof SettingError ? error.called(nameOf) : error;
}

/** A setting's name in small letters, its words apart by a separator: `style-weight`. */
export function separated(setting: string, separator: '-' | '_'): string {
  return setting.replace(/[A-Z]/g, (letter) => separator + letter.toLowerCase());
}
