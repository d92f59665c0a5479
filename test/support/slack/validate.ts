import type { Json, StoredFile } from './model.ts';

/** Where blocks are shown. */
export type Surface = 'message' | 'modal';

const MESSAGE_BLOCKS = 50;
const VIEW_BLOCKS = 100;
const IMAGE_TYPES = new Set(['png', 'jpg', 'jpeg', 'gif']);

/** What is wrong with blocks by the documented limits; empty when nothing is. */
export function blockFaults(
  blocks: unknown,
  surface: Surface,
  fileOf: (id: string) => StoredFile | undefined,
): string[] {
  if (!Array.isArray(blocks)) return ['blocks must be an array'];
  const faults: string[] = [];
  const most = surface === 'message' ? MESSAGE_BLOCKS : VIEW_BLOCKS;
  if (blocks.length > most) faults.push(`no more than ${most} items allowed [json-pointer:/blocks]`);
  const ids = blocks.map(({ block_id }) => block_id).filter((id) => id !== undefined);
  if (new Set(ids).size < ids.length) faults.push('block_id is not unique');
  const actions = new Set<string>();
  for (const [index, block] of (blocks as Json[]).entries()) {
    for (const fault of oneBlock(block, surface, fileOf, actions)) {
      faults.push(`${fault} [json-pointer:/blocks/${index}]`);
    }
  }
  return faults;
}

function* oneBlock(
  block: Json,
  surface: Surface,
  fileOf: (id: string) => StoredFile | undefined,
  actions: Set<string>,
): Generator<string> {
  yield* length('block_id', block.block_id, 255);
  switch (block.type) {
    case 'section':
      if (!block.text && !block.fields) yield 'missing required field: text';
      if (block.text) yield* text('text', block.text, 3000);
      return;
    case 'context':
      if (!Array.isArray(block.elements) || block.elements.length > 10) yield 'must be up to 10 elements';
      return;
    case 'divider':
      return;
    case 'image':
      yield* image(block, fileOf);
      return;
    case 'actions': {
      const elements = block.elements as Json[] | undefined;
      if (!elements || elements.length < 1 || elements.length > 25) yield 'must have 1 to 25 elements';
      for (const each of elements ?? []) yield* element(each, surface, actions);
      return;
    }
    case 'input':
      if (surface === 'message') yield 'input blocks are for modals';
      yield* text('label', block.label, 2000, 'plain_text');
      if (block.hint) yield* text('hint', block.hint, 2000, 'plain_text');
      yield* element((block.element ?? {}) as Json, surface, actions);
      return;
    default:
      yield `unsupported type: ${block.type}`;
  }
}

function* image(block: Json, fileOf: (id: string) => StoredFile | undefined): Generator<string> {
  if (typeof block.alt_text !== 'string' || block.alt_text === '') yield 'missing required field: alt_text';
  yield* length('alt_text', block.alt_text, 2000);
  const given = block.slack_file as Json | undefined;
  if ((given === undefined) === (block.image_url === undefined)) {
    yield 'must have one of image_url and slack_file';
  }
  if (!given) return;
  if ((given.id === undefined) === (given.url === undefined)) yield 'slack_file takes id or url, not both';
  const file = fileOf(String(given.id));
  if (!file?.completed || file.deleted || !IMAGE_TYPES.has(file.filetype)) yield 'invalid slack file';
  else if (file.unready > 0) {
    file.unready -= 1;
    yield 'invalid slack file';
  }
}

function* element(each: Json, surface: Surface, actions: Set<string>): Generator<string> {
  yield* length('action_id', each.action_id, 255);
  if (actions.has(String(each.action_id))) yield 'action_id is not unique';
  actions.add(String(each.action_id));
  switch (each.type) {
    case 'button':
      yield* text('button text', each.text, 75, 'plain_text');
      yield* length('value', each.value, 2000);
      if (each.style !== undefined && each.style !== 'primary' && each.style !== 'danger') {
        yield 'style must be primary or danger';
      }
      return;
    case 'plain_text_input':
      if (each.max_length !== undefined && !within(each.max_length, 1, 3000)) yield 'max_length is 1 to 3000';
      yield* length('initial_value', each.initial_value, 3000);
      return;
    case 'number_input':
      if (typeof each.is_decimal_allowed !== 'boolean') yield 'missing required field: is_decimal_allowed';
      for (const name of ['min_value', 'max_value', 'initial_value']) {
        if (each[name] !== undefined && typeof each[name] !== 'string') yield `${name} must be a string`;
        if (each[name] !== undefined && Number.isNaN(Number(each[name]))) yield `${name} must be a number`;
      }
      return;
    case 'static_select': {
      const options = (each.options ?? []) as Json[];
      if (options.length < 1 || options.length > 100) yield 'must have 1 to 100 options';
      for (const option of options) yield* choice(option);
      const initial = each.initial_option as Json | undefined;
      if (initial && !options.some(({ value }) => value === initial.value)) {
        yield 'initial_option is not among the options';
      }
      return;
    }
    case 'external_select':
      if (each.initial_option) yield* choice(each.initial_option as Json);
      return;
    case 'file_input':
      if (surface !== 'modal') yield 'file_input is for modals';
      if (each.max_files !== undefined && !within(each.max_files, 1, 10)) yield 'max_files is 1 to 10';
      return;
    default:
      yield `unsupported element: ${each.type}`;
  }
}

function* choice({ text: shown, value }: Json): Generator<string> {
  yield* text('option text', shown, 75, 'plain_text');
  if (typeof value !== 'string' || value === '') yield 'missing required field: value';
  yield* length('option value', value, 150);
}

/** What is wrong with a view that is to be opened. */
export function viewFaults(view: Json, fileOf: (id: string) => StoredFile | undefined): string[] {
  const faults = blockFaults(view.blocks, 'modal', fileOf);
  if (view.type !== 'modal') faults.push('type must be modal');
  faults.push(...text('title', view.title, 24, 'plain_text'));
  for (const name of ['submit', 'close']) {
    if (view[name]) faults.push(...text(name, view[name], 24, 'plain_text'));
  }
  const inputs = Array.isArray(view.blocks) && view.blocks.some(({ type }: Json) => type === 'input');
  if (inputs && !view.submit) faults.push('a view with inputs needs submit');
  faults.push(...length('private_metadata', view.private_metadata, 3000));
  faults.push(...length('callback_id', view.callback_id, 255));
  return faults;
}

/** What is wrong with a selection's options that the app sent. */
export function optionFaults(options: unknown): string[] {
  if (!Array.isArray(options) || options.length > 100) return ['options must be up to 100'];
  return options.flatMap((option: Json) => [...choice(option)]);
}

const within = (value: unknown, min: number, max: number) =>
  typeof value === 'number' && value >= min && value <= max;

function* length(name: string, value: unknown, most: number): Generator<string> {
  if (value === undefined) return;
  if (typeof value !== 'string') yield `${name} must be a string`;
  else if (value.length > most) yield `must be less than ${most + 1} characters: ${name}`;
}

function* text(name: string, value: unknown, most: number, type?: string): Generator<string> {
  const { type: given, text: shown } = (value ?? {}) as Json;
  if (given !== 'plain_text' && given !== 'mrkdwn') yield `missing text object: ${name}`;
  if (type && given !== type) yield `${name} must be ${type}`;
  if (typeof shown !== 'string' || shown === '') yield `${name} must be more than 0 characters`;
  yield* length(name, shown, most);
}
