import type {
  APIAllowedMentions,
  APIEmbed,
  APIMessageTopLevelComponent,
  RESTAPIAttachment,
} from 'discord-api-types/v10';
import { Form, invalid, refusal } from '../errors.ts';
import { checkAllowedMentions } from '../mentions.ts';
import type { Attachment, FakeFile } from '../model/attachment.ts';
import type { World } from '../world.ts';
import { checkComponents } from './components.ts';

const MAX_CONTENT = 2000;
const MAX_FILES = 10;
const MAX_DESCRIPTION = 1024;

/** What a body says of a message; what it does not mention is undefined. */
export interface MessageForm {
  readonly content: string | undefined;
  readonly embeds: readonly APIEmbed[] | undefined;
  readonly components: readonly APIMessageTopLevelComponent[] | undefined;
  readonly flags: number | undefined;
  readonly allowed: APIAllowedMentions | undefined;
  readonly nonce: string | number | undefined;
  readonly enforceNonce: boolean;
  readonly reference: { readonly messageId: string; readonly mustExist: boolean } | undefined;
  /** Entries of `attachments`, if the body has the list. */
  readonly listed: readonly RESTAPIAttachment[] | undefined;
  readonly files: ReadonlyMap<number, FakeFile>;
}

/**
 * Checks the body of a message, whether sent, edited or an answer.
 *
 * @throws Refusal 50035 with everything that is wrong; 40005 where a file is larger than the place takes
 */
export function readMessageForm(
  body: Readonly<Record<string, unknown>>,
  files: ReadonlyMap<number, FakeFile>,
  uploadLimit: number,
): MessageForm {
  for (const { content } of files.values()) if (content.length > uploadLimit) throw refusal(40005);
  const form = new Form();
  const { content, flags, nonce, message_reference: reference } = body;
  if (content !== undefined && content !== null) form.text(content, ['content'], 0, MAX_CONTENT);
  if (nonce !== undefined) {
    const good = typeof nonce === 'number' || (typeof nonce === 'string' && nonce.length <= 25);
    form.check(good, ['nonce'], 'BASE_TYPE_BAD_LENGTH', 'Must be 25 or fewer in length.');
  }
  checkAllowedMentions(form, body.allowed_mentions);
  const components = body.components === undefined ? undefined : checkComponents(form, body.components);
  const embeds = (body.embeds ?? undefined) as APIEmbed[] | undefined;
  form.check(
    (embeds?.length ?? 0) <= 10,
    ['embeds'],
    'BASE_TYPE_MAX_LENGTH',
    'Must be 10 or fewer in length.',
  );
  const listed = (body.attachments ?? undefined) as RESTAPIAttachment[] | undefined;
  checkListed(form, listed, files);
  form.done();
  const target = reference as { message_id?: string; fail_if_not_exists?: boolean } | undefined;
  return {
    content: content === null ? '' : (content as string | undefined),
    embeds,
    components,
    flags: flags as number | undefined,
    allowed: body.allowed_mentions as APIAllowedMentions | undefined,
    nonce: nonce as string | number | undefined,
    enforceNonce: body.enforce_nonce === true,
    reference: target?.message_id
      ? { messageId: target.message_id, mustExist: target.fail_if_not_exists !== false }
      : undefined,
    listed,
    files,
  };
}

function checkListed(
  form: Form,
  listed: readonly RESTAPIAttachment[] | undefined,
  files: ReadonlyMap<number, FakeFile>,
): void {
  const count = listed?.length ?? files.size;
  form.check(count <= MAX_FILES, ['attachments'], 'BASE_TYPE_MAX_LENGTH', 'Must be 10 or fewer in length.');
  for (const [index, { description, id }] of (listed ?? []).entries()) {
    form.check(
      /^\d+$/.test(String(id)),
      ['attachments', index, 'id'],
      'NUMBER_TYPE_COERCE',
      'Not a snowflake.',
    );
    if (description) form.text(description, ['attachments', index, 'description'], 0, MAX_DESCRIPTION);
  }
}

/** Uploads what is new, keeps what is listed, and drops the rest, as Discord does with an edit. */
export function attach(
  world: World,
  folder: string,
  { listed, files }: MessageForm,
  existing: readonly Attachment[] = [],
): Attachment[] {
  const upload = (index: number, entry?: RESTAPIAttachment) => {
    const file = files.get(index);
    if (!file) throw invalid(['attachments', index], 'ATTACHMENT_NOT_FOUND', `There is no files[${index}].`);
    return world.upload(folder, {
      ...file,
      name: entry?.filename ?? file.name,
      ...(entry?.description && { description: entry.description }),
    });
  };
  if (!listed) return [...existing, ...[...files.keys()].map((index) => upload(index))];
  const result = listed.map((entry) => {
    const kept = existing.find(({ id }) => id === String(entry.id));
    if (kept && 'description' in entry) kept.description = entry.description ?? undefined;
    return kept ?? upload(Number(entry.id), entry);
  });
  for (const index of files.keys()) {
    const used = listed.some(({ id }) => Number(id) === index);
    if (!used) world.violate(`files[${index}] is not listed in attachments and was dropped`);
  }
  return result;
}
