import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import { COMMANDS } from '../../bot/commands.ts';
import { networkOf, type Proxies } from '../../http/proxies.ts';
import { ImpastoError } from '../../nst/errors.ts';
import type { Assets } from './assets.ts';
import type { Board } from './board.ts';
import type { Events } from './events.ts';
import type { ClientEnv, Door } from './guards.ts';
import type { MessageRow } from './journal.ts';
import type { People } from './people.ts';
import type { Streams } from './streams.ts';
import type { Uploads } from './uploads.ts';
import type { WirePerson } from './wire.ts';

/** What the studio's requests are answered with. */
export interface Services {
  readonly assets: Assets;
  readonly board: Board;
  readonly door: Door;
  readonly events: Events;
  readonly people: People;
  readonly proxies: Proxies;
  readonly streams: Streams;
  readonly uploads: Uploads;
  readonly version: string;
  /** Largest picture that may be sent, in bytes. */
  readonly maxBytes: number;
}

type Env = ClientEnv & { Variables: { person: WirePerson } };

/** Who asks. A page sends it with every request; another site's page cannot send it at all. */
const PASS = 'impasto-pass';
/** Largest request that is no picture, in bytes. */
const MAX_JSON_BYTES = 65_536;

const values = z.record(z.string().max(64), z.union([z.string().max(4000), z.number(), z.boolean()]));
const bodies = {
  enter: z.object({ token: z.string().max(500) }),
  name: z.object({ name: z.string().max(500) }),
  change: z.object({
    name: z.string().max(500).optional(),
    admin: z.boolean().optional(),
    roles: z.array(z.string().max(100)).max(50).optional(),
  }),
  command: z.object({
    command: z.string().max(64),
    subcommand: z.string().max(64).optional(),
    options: values.default({}),
    uploads: z.record(z.string().max(64), z.string().max(64)).default({}),
    thread: z.string().max(64).optional(),
  }),
  action: z.object({
    action: z.string().min(1).max(64),
    jobId: z.string().max(64).optional(),
    options: values.optional(),
  }),
};

/** Everything that the page asks for and tells, as JSON. */
export function apiRoutes(services: Services): Hono<Env> {
  const { assets, board, door, events, people, streams, uploads, version, maxBytes } = services;
  const json = bodyLimit({ maxSize: MAX_JSON_BYTES, onError: tooLong });
  const known = createMiddleware<Env>(async (context, next) => {
    context.set('person', await people.holderOf(context.req.header(PASS) ?? ''));
    await next();
  });
  const replies = async (rows: readonly MessageRow[]) => ({ replies: await board.wireMessages(rows) });
  return new Hono<Env>()
    .get('/door', (context) => context.json({ open: door.isOpenTo(context) }))
    .post('/door', json, async (context) => {
      door.enter(context, (await read(context, bodies.enter)).token);
      return context.json({ open: true });
    })
    .use('*', door.guard)
    .get('/studio', (context) =>
      context.json({
        version,
        maxBytes,
        commands: COMMANDS,
        gallery: assets.gallery.map(({ name, title, description }) => ({ name, title, description })),
        samples: assets.samples,
      }),
    )
    .post('/people', json, async (context) => {
      const { name } = await read(context, bodies.name);
      return context.json(await people.welcome(name, networkOf(context.get('client').address)));
    })
    .use('*', known)
    .get('/me', (context) => context.json(context.get('person')))
    .post('/me', json, async (context) => {
      return context.json(await people.change(context.get('person'), await read(context, bodies.change)));
    })
    .get('/updates', async (context) => {
      const { id } = context.get('person');
      const since = revisionOf(context.req.header('last-event-id') ?? context.req.query('since'));
      const missed = () => board.since(since, id);
      const wantsStream = context.req.header('accept')?.includes('text/event-stream');
      return wantsStream ? streams.listen(id, missed) : context.json(await missed());
    })
    .post('/uploads', async (context) => {
      const { body } = context.req.raw;
      if (!body)
        throw new ImpastoError('bad-setting', 'The picture is empty.', { advice: 'Choose another.' });
      const declared = Number(context.req.header('content-length') ?? Number.NaN);
      const name = context.req.query('name')?.slice(0, 200) ?? 'picture';
      const size = Number.isFinite(declared) ? declared : undefined;
      const sender = { person: context.get('person').id, network: networkOf(context.get('client').address) };
      return context.json(await uploads.take(sender, name, body, size));
    })
    .post('/commands', json, async (context) => {
      const given = await read(context, bodies.command);
      return context.json(await replies(await events.command(context.get('person'), given)));
    })
    .post('/messages/:id/actions', json, async (context) => {
      const given = await read(context, bodies.action);
      const message = context.req.param('id');
      return context.json(await replies(await events.action(context.get('person'), { message, ...given })));
    })
    .get('/messages/:id/form', async (context) => {
      const { action = '', job } = context.req.query();
      const asked = { message: context.req.param('id'), action, jobId: job };
      return context.json(await events.form(context.get('person'), asked));
    })
    .get('/form', async (context) => context.json(await events.ownDefaults(context.get('person'))))
    .get('/suggestions', async (context) => {
      const { command = '', option = '', text = '' } = context.req.query();
      return context.json(await events.suggest(context.get('person'), command, option, text));
    });
}

/**
 * A request's body. Only JSON that says it is: what a form of another site can send, the browser lets pass.
 *
 * @throws ImpastoError `bad-setting`
 */
async function read<Body>(context: Context, schema: z.ZodType<Body>): Promise<Body> {
  const isJson = context.req.header('content-type')?.startsWith('application/json');
  const body = isJson ? await context.req.json().catch(() => undefined) : undefined;
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new ImpastoError('bad-setting', 'The studio does not understand this request.', {
    advice: 'Load its page anew; it may be older than the studio.',
    cause: result.error,
  });
}

function tooLong(): never {
  throw new ImpastoError('picture-too-large', `The request has more than ${MAX_JSON_BYTES} bytes.`, {
    advice: 'Say less at once.',
  });
}

function revisionOf(text: string | undefined): number {
  const revision = Number(text ?? 0);
  return Number.isSafeInteger(revision) && revision >= 0 ? revision : 0;
}
