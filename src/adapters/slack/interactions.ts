import type { App } from '@slack/bolt';
import type { OptionValue, Place } from '../../bot/chat.ts';
import type { FormRequest } from '../../bot/forms.ts';
import { readWords } from '../../bot/options.ts';
import { apology } from '../../bot/text.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { customId, readCustomId } from '../custom-id.ts';
import { attachmentOf, picturesAmong, type SlackFile } from './attachments.ts';
import type { SlackContext } from './context.ts';
import { chatError, INVITE, slackError } from './failures.ts';
import { COMMAND, SHORTCUTS } from './methods.ts';
import { choiceOf, filledIn, type InputState, type ModalOrigin, modalOf, requestForm } from './modals.ts';
import { isDirect, PLATFORM, placeIn } from './places.ts';
import type { OpenView } from './previews.ts';
import { answering, type Reply } from './replies.ts';
import { readCommand, readRequest } from './words.ts';

/** The callback of the modal that asks for a painting. */
const REQUEST = customId('stylize-form', 'new');
const OURS = /^impasto:/;
/** What Slack says to a form that comes later than three seconds. */
const TOO_LATE: ReadonlySet<string> = new Set([
  'expired_trigger_id',
  'exchanged_trigger_id',
  'trigger_expired',
]);

/** The command, shortcuts, buttons and modals. Each is acknowledged at once, and handled if it has not come before. */
export class Interactions {
  readonly #context: SlackContext;

  constructor(context: SlackContext) {
    this.#context = context;
  }

  listen(app: App): void {
    const { bot, deliveries, team, replies } = this.#context;
    const once = (id: string, reply: Reply, handle: (reply: Reply) => Promise<void>) => {
      void deliveries.once(id, bot, () => answering(reply, () => handle(reply)));
    };
    const teller =
      (place: Place, user: string, id: string): Reply =>
      (message) =>
        replies.tell(place, user, message, `reply-${id}`);
    app.command(COMMAND, async ({ ack, command, respond }) => {
      await ack();
      const { channel_id, user_id, text, trigger_id } = command;
      const place = placeIn(team, channel_id, user_id);
      const reply: Reply = (message) =>
        replies.respond(respond, place, user_id, message, `reply-${trigger_id}`);
      once(trigger_id, reply, () => this.#command(place, user_id, text, trigger_id, reply));
    });
    for (const callback_id of Object.keys(SHORTCUTS)) {
      app.shortcut({ callback_id, type: 'message_action' }, async ({ ack, shortcut }) => {
        await ack();
        const { channel, user, message, trigger_id } = shortcut;
        const thread = typeof message.thread_ts === 'string' ? message.thread_ts : null;
        const place = placeIn(team, channel.id, user.id, thread);
        const files = (message.files ?? []) as SlackFile[];
        once(trigger_id, teller(place, user.id, trigger_id), (reply) =>
          this.#shortcut(callback_id, place, user.id, files, trigger_id, reply),
        );
      });
    }
    app.action({ action_id: OURS, type: 'block_actions' }, async ({ ack, body, action }) => {
      await ack();
      const { channel, user, message, trigger_id } = body;
      const pressed = 'action_id' in action ? readCustomId(action.action_id) : undefined;
      if (!pressed || !channel || !message) return;
      const thread = typeof message.thread_ts === 'string' ? message.thread_ts : null;
      const place = placeIn(team, channel.id, user.id, thread === message.ts ? null : thread);
      once(trigger_id, teller(place, user.id, trigger_id), (reply) =>
        this.#button(place, user.id, pressed, message.ts, trigger_id, reply),
      );
    });
    app.action({ action_id: 'style_name', type: 'block_actions' }, async ({ ack, body, action }) => {
      await ack();
      const { view, user, trigger_id } = body;
      const style = action.type === 'external_select' ? action.selected_option?.value : undefined;
      if (!view || style === undefined) return;
      // A modal that has no preview, or was closed meanwhile, needs no answer.
      void deliveries.once(trigger_id, bot, () =>
        this.#context.previews.show(view as unknown as OpenView, style, user.id),
      );
    });
    app.view({ callback_id: OURS, type: 'view_submission' }, async ({ ack, body, view }) => {
      const values = view.state.values as Record<string, Record<string, InputState>>;
      const options = filledIn(values, this.#context.fetching);
      const wrong = view.callback_id === REQUEST ? this.#complaint(options) : undefined;
      if (wrong) {
        await ack({ response_action: 'errors', errors: wrong });
        return;
      }
      await ack();
      const origin = JSON.parse(view.private_metadata) as ModalOrigin;
      once(view.id, teller(origin.place, body.user.id, view.id), (reply) =>
        this.#submitted(view.callback_id, origin, body.user.id, options, reply),
      );
    });
    app.options({ action_id: 'style_name', type: 'block_suggestion' }, async ({ ack, body }) => {
      const { place } = JSON.parse(body.view?.private_metadata ?? '{}') as ModalOrigin;
      const { value, user } = body;
      const found = await this.#context.bot.suggest('stylize', 'style_name', value, user.id, place);
      // Bolt's types know only the options of dialogs here.
      await ack({ options: found.map(choiceOf) as never });
    });
  }

  async #command(place: Place, user: string, text: string, trigger: string, reply: Reply): Promise<void> {
    const { bot, people } = this.#context;
    const written = readCommand(text);
    if (written) {
      await bot.command({ actor: await people.actor(user), place, ...written, reply });
      return;
    }
    if (!(await this.#isMember(place))) {
      return reply({ text: `I am not in this channel. ${INVITE} Then try again.`, private: true });
    }
    await this.#openRequest(place, user, trigger, reply, readRequest(text));
  }

  async #shortcut(
    callback: string,
    place: Place,
    user: string,
    files: readonly SlackFile[],
    trigger: string,
    reply: Reply,
  ): Promise<void> {
    const { bot, people, fetching } = this.#context;
    const [file] = picturesAmong(files);
    if (!file) {
      const text = 'There is no picture on this message. Choose one that has a picture attached.';
      return reply({ text, private: true });
    }
    if (callback === 'use-as-style') {
      const options = { picture: attachmentOf(file, fetching) };
      const actor = await people.actor(user);
      await bot.command({ actor, place, command: 'styles', subcommand: 'use', options, reply });
      return;
    }
    if (!(await this.#isMember(place))) {
      return reply({ text: `I am not in that channel. ${INVITE} Then try again.`, private: true });
    }
    await this.#openRequest(place, user, trigger, reply, {}, file);
  }

  async #openRequest(
    place: Place,
    user: string,
    trigger: string,
    reply: Reply,
    given: Readonly<Record<string, string>>,
    file?: SlackFile,
  ): Promise<void> {
    const origin = { place, ...(file && { file: keptOf(file) }) };
    await this.#open(
      { form: 'stylize', actor: await this.#context.people.actor(user), place },
      reply,
      (form) => ({
        trigger_id: trigger,
        view: modalOf(requestForm(form, file !== undefined, given), REQUEST, origin),
      }),
    );
  }

  /** A trigger lives for three seconds, so the form is made from what is at hand. */
  async #open(
    request: FormRequest,
    reply: Reply,
    viewOf: (form: Parameters<typeof modalOf>[0]) => Record<string, unknown>,
  ): Promise<void> {
    const form = await this.#context.bot.form(request);
    if (!('fields' in form)) return reply(form);
    try {
      await this.#context.api.raw('views.open', viewOf(form));
    } catch (error) {
      if (!TOO_LATE.has(slackError(error) ?? '')) throw chatError(error);
      await reply({ text: 'That took too long for Slack to open the form. Try again.', private: true });
    }
  }

  async #button(
    place: Place,
    user: string,
    { action, jobId }: { action: string; jobId: string },
    ts: string,
    trigger: string,
    reply: Reply,
  ): Promise<void> {
    const { bot, people } = this.#context;
    const actor = await people.actor(user);
    if (action === 'tweak') {
      await this.#open({ form: 'tweak', jobId, actor, place }, reply, (form) => ({
        trigger_id: trigger,
        view: modalOf(form, customId(action, jobId), { place, message: ts }),
      }));
      return;
    }
    const message = { platform: PLATFORM, channel: place.channel, message: ts };
    await bot.action({ actor, place, action, jobId, message, reply });
  }

  async #submitted(
    callback: string,
    { place, file, message }: ModalOrigin,
    user: string,
    options: Record<string, OptionValue>,
    reply: Reply,
  ): Promise<void> {
    const { bot, people, fetching } = this.#context;
    const actor = await people.actor(user);
    const sent = readCustomId(callback);
    if (callback !== REQUEST && sent) {
      const ref = { platform: PLATFORM, channel: place.channel, message: message ?? '' };
      await bot.action({
        actor,
        place,
        action: sent.action,
        jobId: sent.jobId,
        message: ref,
        options,
        reply,
      });
      return;
    }
    const { advanced = '', ...fields } = options;
    const content = file && { content: attachmentOf(file, fetching) };
    const all = { ...readWords(String(advanced)), ...content, ...fields };
    await bot.command({ actor, place, command: 'stylize', options: all, reply });
  }

  /** What the modal says of a line of words that cannot be read. */
  #complaint({ advanced = '' }: Readonly<Record<string, OptionValue>>): Record<string, string> | undefined {
    try {
      readWords(String(advanced));
      return undefined;
    } catch (error) {
      if (error instanceof ImpastoError) return { advanced: apology(error) };
      throw error;
    }
  }

  async #isMember({ channel }: Place): Promise<boolean> {
    if (isDirect(channel)) return true;
    try {
      const answer = await this.#context.api.call('conversations.info', { channel });
      return (answer.channel as { is_member?: boolean }).is_member ?? false;
    } catch (error) {
      // A private channel without the bot is not to be found.
      if (error instanceof ImpastoError && error.code === 'message-gone') return false;
      throw error;
    }
  }
}

/** Of a file, what its download needs: a modal keeps 3000 characters. */
function keptOf({ id, name, mimetype, size, url_private_download }: SlackFile): SlackFile {
  return {
    id,
    ...(name && { name: name.slice(0, 200) }),
    ...(mimetype !== undefined && { mimetype }),
    ...(size !== undefined && { size }),
    ...(url_private_download !== undefined && { url_private_download }),
  };
}
