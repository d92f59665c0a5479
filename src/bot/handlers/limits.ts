import type { ServerKey } from '../../core/keys.ts';
import { ImpastoError } from '../../nst/errors.ts';
import type { CommandEvent } from '../chat.ts';
import { limitOf } from '../commands.ts';
import { LIMITS, type LimitName, type Limits, limitsInForce, limitsSchema } from '../limits.ts';
import type { Options } from '../options.ts';
import { counted, quoted } from '../text.ts';
import type { Handler, Handling } from './handler.ts';

type Own = Record<string, unknown>;

const serverOf = ({ place }: CommandEvent): ServerKey => ({ platform: place.platform, server: place.server });

/** Changes a server's own limits under its lock and writes the change to the audit log. */
async function change(
  event: CommandEvent,
  handling: Handling,
  action: string,
  edit: (own: Own) => Own,
): Promise<{ before: Limits; after: Limits }> {
  const { store, admission, settings, now } = handling;
  const key = serverOf(event);
  return admission.locked(key, async () => {
    const own = await store.servers.limits(key);
    const edited = edit(own);
    const [before, after] = [own, edited].map((each) => limitsInForce(each, settings.maxima)) as [
      Limits,
      Limits,
    ];
    await store.servers.setLimits(edited, {
      ...key,
      user: event.actor.id,
      at: now(),
      action,
      before: JSON.stringify(own),
      after: JSON.stringify(edited),
    });
    return { before, after };
  });
}

const show: Handler = async (event, _, { store, settings }) => {
  const limits = limitsInForce(await store.servers.limits(serverOf(event)), settings.maxima);
  return { text: ['**Limits of this server**', ...described(limits)].join('\n'), private: true };
};

function described(limits: Limits): string[] {
  const ids = (kind: string, list: readonly string[], none: string) =>
    list.length > 0 ? list.map((id) => `<${kind}:${id}>`).join(' ') : none;
  return [
    ...(Object.keys(LIMITS) as LimitName[]).map((name) => `\`${LIMITS[name].option}\` ${limits[name]}`),
    ...[...limits.jobsPerRolePerDay].map(
      ([role, count]) => `<role:${role}> ${counted(count, 'job')} per member and day`,
    ),
    `Channels: ${ids('channel', limits.allowedChannels, 'all')}`,
    `Roles: ${ids('role', limits.allowedRoles, 'all')}`,
    `Blocked: ${ids('user', limits.blockedUsers, 'nobody')}`,
  ];
}

const set: Handler = async (event, options, handling) => {
  if (options.names.length === 0) {
    throw new ImpastoError('bad-setting', 'No limit was given.', {
      advice: `There are ${Object.values(LIMITS)
        .map(({ option }) => option)
        .join(', ')}.`,
    });
  }
  const values = Object.fromEntries(
    options.names.map((option) => [limitOf(option) as LimitName, options.number(option)]),
  ) as Partial<Record<LimitName, number>>;
  const { before, after } = await change(event, handling, `set ${options.names.join(', ')}`, (own) => ({
    ...own,
    ...values,
  }));
  const lines = (Object.keys(values) as LimitName[]).map((name) => {
    const clamped = after[name] < (values[name] as number) ? ', the most that this instance permits' : '';
    return `\`${LIMITS[name].option}\` ${before[name]} → ${after[name]}${clamped}`;
  });
  return { text: ['**Limits changed**', ...lines].join('\n') };
};

/** Puts an id on a list of the limits, or takes it off. */
function toggle(list: 'allowedChannels' | 'allowedRoles' | 'blockedUsers', id: string, on: boolean) {
  return (own: Own): Own => {
    const others = limitsSchema.parse(own)[list].filter((each) => each !== id);
    return { ...own, [list]: on ? [...others, id] : others };
  };
}

const channel: Handler = async (event, options, handling) => {
  const id = options.text('channel') as string;
  const allowed = options.flag('allowed') as boolean;
  const action = `${allowed ? 'allow' : 'unlist'} channel ${id}`;
  const { after } = await change(event, handling, action, toggle('allowedChannels', id, allowed));
  const all = after.allowedChannels.map((each) => `<channel:${each}>`);
  return { text: all.length > 0 ? `I paint in ${all.join(', ')}.` : 'I paint in all channels.' };
};

const role: Handler = async (event, options, handling) => {
  const id = options.text('role') as string;
  const [allowed, jobs] = [options.flag('allowed'), options.number('jobs_per_day')];
  if (allowed === undefined && jobs === undefined) {
    throw new ImpastoError('bad-setting', 'There is nothing to change.', {
      advice: 'Give allowed, or jobs_per_day, or both.',
    });
  }
  const { after } = await change(event, handling, `role ${id}: ${summaryOf(options)}`, (own) => {
    const listed = allowed === undefined ? own : toggle('allowedRoles', id, allowed)(own);
    if (jobs === undefined) return listed;
    const perRole = new Map(limitsSchema.parse(own).jobsPerRolePerDay);
    if (jobs < 0) perRole.delete(id);
    else perRole.set(id, jobs);
    return { ...listed, jobsPerRolePerDay: Object.fromEntries(perRole) };
  });
  const count = after.jobsPerRolePerDay.get(id);
  const roles = after.allowedRoles.map((each) => `<role:${each}>`);
  return {
    text: [
      `<role:${id}>: ${count === undefined ? 'no daily number of its own' : `${counted(count, 'job')} per member and day`}.`,
      `Roles that may ask me: ${roles.length > 0 ? roles.join(', ') : 'all'}.`,
    ].join('\n'),
  };
};

function summaryOf(options: Options): string {
  return ['allowed', 'jobs_per_day']
    .filter((name) => options.has(name))
    .map((name) => `${name} ${options.flag(name) ?? options.number(name)}`)
    .join(', ');
}

const user: Handler = async (event, options, handling) => {
  const id = options.text('user') as string;
  const blocked = options.flag('blocked') as boolean;
  if (blocked && id === event.actor.id) {
    throw new ImpastoError('bad-setting', 'You cannot block yourself.', { advice: 'Choose somebody else.' });
  }
  const action = `${blocked ? 'block' : 'unblock'} user ${id}`;
  await change(event, handling, action, toggle('blockedUsers', id, blocked));
  return { text: `<user:${id}> ${blocked ? 'is blocked.' : 'is not blocked.'}`, private: true };
};

const reset: Handler = async (event, options, handling) => {
  const option = options.text('limit');
  const name = option && limitOf(option);
  await change(event, handling, `reset ${option ?? 'all'}`, (own) => {
    if (!name) return {};
    const { [name]: _, ...others } = own;
    return others;
  });
  return {
    text: option ? `${quoted(option)} is back at its default.` : 'All limits are back at their defaults.',
  };
};

const log: Handler = async (event, _, { store }) => {
  const entries = await store.servers.audit(serverOf(event), 20);
  const lines = entries.map(
    ({ at, user: by, action }) =>
      `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} <user:${by}> ${action}`,
  );
  return {
    text: ['**Changes of limits** (UTC)', ...(lines.length > 0 ? lines : ['None.'])].join('\n'),
    private: true,
  };
};

export const limits: Readonly<Record<string, Handler>> = { show, set, channel, role, user, reset, log };
