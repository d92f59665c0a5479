import type { types } from '@slack/bolt';
import type { Bot } from '../../bot/bot.ts';
import type { MessagePicture, Place } from '../../bot/chat.ts';
import type { SlackApi } from './api.ts';
import type { ModalOrigin } from './modals.ts';
import type { People } from './people.ts';
import type { Pictures } from './pictures.ts';

/** The block that shows the chosen style, right below the choice. */
const BLOCK = 'style_preview';
/** Previews that are kept uploaded. */
const MAX_KEPT = 200;

/** What a modal tells of itself, of which the update of it is made. */
export type OpenView = types.ModalView & { readonly id: string; readonly hash: string };

/** What previews work with. */
interface PreviewContext {
  readonly bot: Bot;
  readonly people: People;
  readonly api: SlackApi;
}

/** Shows the picture of a style that is chosen in a modal: Block Kit has no pictures in the choice itself. */
export class Previews {
  readonly #context: PreviewContext;
  readonly #pictures: Pictures;
  /** Uploaded pictures by workspace and style. */
  readonly #files = new Map<string, { readonly picture: MessagePicture; readonly file: string }>();

  constructor(context: PreviewContext, pictures: Pictures) {
    this.#context = context;
    this.#pictures = pictures;
  }

  /** @throws what SlackApi.raw throws, such as when the modal has been closed meanwhile. */
  async show(view: OpenView, style: string, user: string): Promise<void> {
    const { place } = JSON.parse(view.private_metadata ?? '{}') as ModalOrigin;
    const preview = await this.#preview(place, style, user);
    if (!preview) return;
    const { type, callback_id, private_metadata, title, submit, close, id, hash } = view;
    const blocks = view.blocks.filter(({ block_id }) => block_id !== BLOCK);
    const below = blocks.findIndex(({ block_id }) => block_id === 'style_name') + 1;
    blocks.splice(below, 0, {
      type: 'image',
      block_id: BLOCK,
      slack_file: { id: preview.file },
      alt_text: preview.picture.alt,
    });
    await this.#pictures.showing(() =>
      this.#context.api.raw('views.update', {
        view_id: id,
        hash,
        view: { type, callback_id, private_metadata, title, submit, close, blocks },
      }),
    );
  }

  async #preview(place: Place, style: string, user: string) {
    const key = `${place.server}:${style}`;
    const known = this.#files.get(key);
    if (known) return known;
    const picture = await this.#pictureOf(place, style, user);
    if (!picture) return undefined;
    const [oldest, old] = [...this.#files][0] ?? [];
    if (this.#files.size >= MAX_KEPT && oldest !== undefined && old) {
      this.#files.delete(oldest);
      await this.#pictures.remove(old.file);
    }
    const preview = { picture, file: await this.#pictures.upload(picture) };
    this.#files.set(key, preview);
    return preview;
  }

  /** The picture that `styles show` answers with. */
  async #pictureOf(place: Place, name: string, user: string): Promise<MessagePicture | undefined> {
    const { bot, people } = this.#context;
    let picture: MessagePicture | undefined;
    await bot.command({
      actor: await people.actor(user),
      place,
      command: 'styles',
      subcommand: 'show',
      options: { name },
      reply: async (message) => {
        picture = message.picture;
      },
    });
    return picture;
  }
}
