import { failureOf } from '../core/failures.ts';
import type { Job } from '../core/job.ts';
import type { ServerKey } from '../core/keys.ts';
import { type ErrorCode, ImpastoError } from '../nst/errors.ts';
import { inWordsOf } from '../nst/setting-error.ts';
import { Admission } from './admission.ts';
import type { ActionEvent, CommandEvent, Message, Place } from './chat.ts';
import { COMMANDS, type CommandSpec, commandOf, optionName } from './commands.ts';
import { Conversations } from './conversations.ts';
import { type Form, type FormRequest, stylizeForm, tweakForm } from './forms.ts';
import { Actions } from './handlers/actions.ts';
import type { Handler, Handling } from './handlers/handler.ts';
import { about, help } from './handlers/info.ts';
import { cancel, queue, result, visibleJob } from './handlers/jobs.ts';
import { limits } from './handlers/limits.ts';
import { preferences } from './handlers/preferences.ts';
import { forgetMe } from './handlers/privacy.ts';
import { styles } from './handlers/styles.ts';
import { stylize } from './handlers/stylize.ts';
import { fitText } from './messages.ts';
import { readOptions } from './options.ts';
import { readPreferences } from './preferences.ts';
import { Readiness } from './readiness.ts';
import type { Claim, Services } from './services.ts';
import { suggestions } from './suggestions.ts';
import { Speed } from './tasks.ts';
import { apology, quoted } from './text.ts';

/** The bot as adapters use it. No method throws: what goes wrong is answered in the conversation. */
export interface Bot {
  /** A command was given. Settles when it has been answered; a painting goes on afterwards. */
  command(event: CommandEvent): Promise<void>;
  /** A reaction was added, or a button pressed. */
  action(event: ActionEvent): Promise<void>;
  /** A form to be shown, filled in with what holds now; a message instead when there is none to be had. */
  form(request: FormRequest): Promise<Form | Message>;
  /** The bot has been removed from a server: what is kept of it is erased after the retention time. */
  left(server: ServerKey): Promise<void>;
  /** The bot is in these servers of a platform; what is kept of others that it was in goes as by `left`. */
  present(platform: string, servers: readonly string[]): Promise<void>;
  readonly claim: Claim;
  /** Up to 25 completions of a text option, best first. */
  suggest(command: string, option: string, text: string, actor: string, place: Place): Promise<string[]>;
}

/** A bot whose life somebody manages. */
export interface ManagedBot extends Bot {
  /**
   * Takes up what a stop or a crash has left of a platform that is connected, of its own servers there: submits
   * unfinished jobs and answers ended ones. Once; the platform's events wait for it.
   */
  resume(platform: string): Promise<void>;
  /** Settles when all events in hand are answered, and all answers that are due. */
  settled(): Promise<void>;
  /** Ends all conversations; to be called when no event can come and the queue is closed. */
  stop(): Promise<void>;
}

const HANDLERS: Readonly<Record<string, Handler | Readonly<Record<string, Handler>>>> = {
  stylize,
  styles,
  queue,
  cancel,
  result,
  limits,
  preferences,
  'forget-me': forgetMe,
  help,
  about,
};

/** Makes the bot: what a request means, on any platform. */
export function createBot(services: Services): ManagedBot {
  const speed = new Speed(services.store.measurements);
  const conversations = new Conversations(services, speed);
  const admission = new Admission(services, conversations, speed);
  const handling: Handling = { ...services, admission, conversations, speed };
  const actions = new Actions(handling);
  const inHand = new Set<Promise<void>>();
  const readiness = new Readiness();

  const owns = ({ platform, server }: ServerKey) => services.chats.get(platform)?.owns(server) ?? false;

  /** Answers an event with what its handling returns or, as words, throws. */
  async function answer(
    event: CommandEvent | ActionEvent,
    handle: () => Promise<Message | undefined>,
  ): Promise<void> {
    const message = await handle().catch((thrown) => {
      const error = inWordsOf(optionName, thrown);
      const failure = failureOf(error);
      services.metrics.refused(failure.code);
      const unforeseen = !(error instanceof ImpastoError) || UNFORESEEN.has(error.code);
      services.log[unforeseen ? 'error' : 'debug']({ err: error, ...where(event) }, 'a request was refused');
      return { text: apology(failure), private: true };
    });
    if (!message) return;
    await event.reply({ ...message, text: fitText(message.text) }).catch((error) => {
      services.log.warn({ err: error, ...where(event) }, 'a request could not be answered');
    });
  }

  /** Answers an event as soon as its platform's are taken. */
  function admit(
    event: CommandEvent | ActionEvent,
    handle: () => Promise<Message | undefined>,
  ): Promise<void> {
    return answer(event, () => readiness.wait(event.place.platform).then(handle));
  }

  function track(work: Promise<void>): Promise<void> {
    inHand.add(work);
    return work.finally(() => inHand.delete(work));
  }

  return {
    command: (event) => track(admit(event, () => handleCommand(event, handling))),
    action: (event) => track(admit(event, () => actions.handle(event))),
    form: (request) =>
      formFor(request, handling).catch((error) => ({ text: apology(failureOf(error)), private: true })),
    async left({ platform, server }) {
      await services.store.servers.setLeft({ platform, server }, services.now());
      services.log.info({ platform, server }, 'removed from a server');
    },
    async present(platform, servers) {
      await services.store.servers.setPresent(platform, servers, services.now(), (server) =>
        owns({ platform, server }),
      );
    },
    claim: services.claim ?? (async () => true),
    suggest: (command, option, text, actor, place) =>
      suggestions({ command, option, text, actor, place }, services).catch((error) => {
        services.log.warn({ err: error, command, option }, 'nothing could be suggested');
        return [];
      }),
    async resume(platform) {
      const isOurs = (job: Job) => job.platform === platform && owns(job);
      const undelivered = await services.store.jobs.undelivered();
      for (const job of undelivered.filter(isOurs)) conversations.answer(job, true);
      const unfinished = (await services.store.jobs.unfinished()).filter(isOurs);
      for (const job of unfinished) {
        const ticket = await admission.submit(job);
        if (!job.statusMessage) announceLate(job.id, ticket);
      }
      readiness.ready(platform);
      if (unfinished.length > 0) {
        services.log.info({ platform, jobs: unfinished.length }, 'unfinished jobs go on');
      }

      function announceLate(jobId: string, ticket: Parameters<Conversations['announce']>[1]): void {
        const work = conversations.announce(jobId, ticket).catch((error) => {
          services.log.info({ err: error, jobId }, 'a status cannot be posted');
        });
        void track(work);
      }
    },
    async settled() {
      while (inHand.size > 0) await Promise.all(inHand);
      await conversations.settled();
    },
    stop() {
      readiness.close();
      return conversations.stop();
    },
  };
}

/** Failures that whoever runs the bot should look at. */
const UNFORESEEN: ReadonlySet<ErrorCode> = new Set([
  'unexpected',
  'store-failed',
  'engine-failed',
  'engine-missing',
  'process-failed',
  'not-writable',
  'disk-full',
  'picture-damaged',
]);

function where({ actor, place }: CommandEvent | ActionEvent) {
  return { platform: place.platform, server: place.server, channel: place.channel, user: actor.id };
}

async function handleCommand(event: CommandEvent, handling: Handling): Promise<Message | undefined> {
  const { spec, handler } = route(event);
  const sorted = withRequiredPictures(event, spec);
  return handler(sorted, readOptions(sorted.options, spec.options), handling, spec);
}

/** @throws ImpastoError `unknown-job`, `picture-gone` */
async function formFor({ form, jobId, actor, place }: FormRequest, handling: Handling): Promise<Form> {
  if (form === 'tweak') return tweakForm(await visibleJob(jobId ?? '', actor, place, handling));
  const kept = await handling.store.preferences.get({ platform: place.platform, user: actor.id });
  return stylizeForm(readPreferences(kept, commandOf('stylize').options));
}

/** Pictures that came without saying what they are are first those that the command cannot do without. */
function withRequiredPictures(event: CommandEvent, spec: CommandSpec): CommandEvent {
  const attachments = [...(event.attachments ?? [])];
  const options = { ...event.options };
  for (const { name, type, required } of spec.options) {
    const next = attachments[0];
    if (type !== 'picture' || !required || options[name] !== undefined || !next) continue;
    options[name] = next;
    attachments.shift();
  }
  return { ...event, options, attachments };
}

/** @throws ImpastoError `unknown-command`, `not-allowed` */
function route({ command, subcommand, actor }: CommandEvent): { spec: CommandSpec; handler: Handler } {
  const top = COMMANDS.find(({ name }) => name === command);
  const found = top && Object.hasOwn(HANDLERS, command) ? HANDLERS[command] : undefined;
  if (!top || !found) {
    throw new ImpastoError('unknown-command', `I do not know ${quoted(command)}.`, {
      advice: '`help` lists what I do.',
    });
  }
  if (top.admin && !actor.admin) {
    throw new ImpastoError('not-allowed', `\`${command}\` is for those who manage this server.`, {
      advice: 'Ask one of them.',
    });
  }
  if (typeof found === 'function') return { spec: top, handler: found };
  const spec = top.subcommands?.find(({ name }) => name === subcommand);
  const handler = spec && found[spec.name];
  if (spec && handler) return { spec, handler };
  throw new ImpastoError('unknown-command', `\`${command}\` has no ${quoted(subcommand ?? '')}.`, {
    advice: `It has ${top.subcommands?.map(({ name }) => name).join(', ')}.`,
  });
}
