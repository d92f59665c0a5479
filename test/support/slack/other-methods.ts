import { randomUUID } from 'node:crypto';
import { type Method, Refusal, refuseFaults, TIER2, TIER3, TIER4 } from './call.ts';
import type { Json, StoredFile } from './model.ts';
import { viewFaults } from './validate.ts';
import type { World } from './world.ts';

/** A trigger may open one view, for this long. */
export const TRIGGER_MS = 3000;

function fileOf(id: unknown, world: World): StoredFile {
  const file = world.files.get(String(id));
  if (!file || file.deleted) throw new Refusal('file_not_found');
  return file;
}

/** Files, views, people and the app itself; `origin` is where uploads and sockets go. */
export const otherMethods = (
  origin: () => string,
  tickets: Set<string>,
): Readonly<Record<string, Method>> => ({
  'auth.test': {
    run: (_, { team, bot, botId }) => ({
      url: 'https://museum.slack.com/',
      team: team.name,
      team_id: team.id,
      user: bot.name,
      user_id: bot.id,
      bot_id: botId,
      is_enterprise_install: false,
    }),
  },
  'apps.connections.open': {
    appToken: true,
    run() {
      const ticket = randomUUID();
      tickets.add(ticket);
      return { url: `${origin().replace('http', 'ws')}/link/?ticket=${ticket}` };
    },
  },
  'team.info': {
    perMinute: TIER3,
    scope: () => ['team:read'],
    run: (_, { team }) => ({ team: { ...team, domain: 'museum' } }),
  },
  'users.info': {
    perMinute: TIER4,
    scope: () => ['users:read'],
    run(args, world) {
      const user = world.users.get(String(args.user));
      if (!user) throw new Refusal('user_not_found');
      const { id, name, isAdmin, isBot } = user;
      return {
        user: {
          id,
          name: name.toLowerCase(),
          real_name: name,
          is_admin: isAdmin,
          is_owner: false,
          is_bot: isBot,
          profile: { display_name: name, real_name: name },
        },
      };
    },
  },
  'views.open': {
    perMinute: TIER4,
    run(args, world) {
      const trigger = world.triggers.get(String(args.trigger_id));
      if (!trigger) throw new Refusal('invalid_trigger_id');
      if (trigger.used) throw new Refusal('exchanged_trigger_id');
      if (world.clock.now() - trigger.at > TRIGGER_MS) throw new Refusal('expired_trigger_id');
      const content = args.view as Json;
      refuseFaults(
        'invalid_arguments',
        viewFaults(content, (id) => world.files.get(id)),
      );
      trigger.used = true;
      const view = {
        id: world.id('V'),
        user: trigger.user,
        trigger: String(args.trigger_id),
        content,
        open: true,
      };
      world.views.push(view);
      return { view: { ...content, id: view.id } };
    },
  },
  'views.update': {
    perMinute: TIER4,
    run(args, world) {
      const view = world.views.find(({ id, open }) => open && id === args.view_id);
      if (!view) throw new Refusal('not_found');
      const content = args.view as Json;
      refuseFaults(
        'invalid_arguments',
        viewFaults(content, (id) => world.files.get(id)),
      );
      view.content = content;
      return { view: { ...content, id: view.id } };
    },
  },
  'files.getUploadURLExternal': {
    perMinute: TIER4,
    scope: () => ['files:write'],
    run(args, world) {
      const length = Number(args.length);
      if (!args.filename || !(length > 0)) throw new Refusal('invalid_arguments');
      if (length > world.options.uploadLimit) throw new Refusal('file_upload_size_restricted');
      const alt = args.alt_txt === undefined ? undefined : String(args.alt_txt);
      const file = world.addFile(world.bot, String(args.filename), length, alt);
      return { file_id: file.id, upload_url: `${origin()}/upload/v1/${file.id}` };
    },
  },
  'files.completeUploadExternal': {
    perMinute: TIER4,
    scope: () => ['files:write'],
    run(args, world) {
      const given = args.files as Json[] | undefined;
      if (!Array.isArray(given) || given.length === 0) throw new Refusal('invalid_arguments');
      const files = given.map(({ id }) => fileOf(id, world));
      for (const file of files) {
        if (!file.bytes) throw new Refusal('file_not_found');
        file.completed = true;
      }
      return { files: files.map((file) => world.fileJson(file)) };
    },
  },
  'files.info': {
    perMinute: TIER4,
    scope: () => ['files:read'],
    run: (args, world) => ({ file: world.fileJson(fileOf(args.file, world)) }),
  },
  'files.delete': {
    perMinute: TIER3,
    scope: () => ['files:write'],
    run(args, world) {
      const file = fileOf(args.file, world);
      if (file.owner !== world.bot.id) throw new Refusal('cant_delete_file');
      file.deleted = true;
      return {};
    },
  },
  'bots.info': { perMinute: TIER2, run: (_, { botId, appId }) => ({ bot: { id: botId, app_id: appId } }) },
});
