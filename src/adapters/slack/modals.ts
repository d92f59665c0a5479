import type { types } from '@slack/bolt';
import type { OptionValue, Place } from '../../bot/chat.ts';
import { commandOf, type OptionSpec, TWEAKS } from '../../bot/commands.ts';
import type { Form, FormField } from '../../bot/forms.ts';
import { choicesOf } from '../../bot/options.ts';
import { attachmentOf, type Fetching, type SlackFile } from './attachments.ts';

/** What a modal keeps of where it came from, in at most 3000 characters: all that it needs after a restart. */
export interface ModalOrigin {
  readonly place: Place;
  /** The picture that it was opened for. */
  readonly file?: SlackFile;
  /** The message whose button opened it. */
  readonly message?: string;
}

type InputElement = types.InputBlock['element'];

/** The modal's inputs of pictures take these (https://docs.slack.dev/reference/block-kit/block-elements/file-input-element). */
const FILE_TYPES = ['png', 'jpg', 'jpeg', 'webp', 'gif', 'avif', 'heic', 'heif', 'tif', 'tiff'];
const MAX_OPTION = 75;

/** A form as Slack's modal: an input block for each field, called like its option. */
export function modalOf({ title, fields }: Form, callbackId: string, origin: ModalOrigin): types.ModalView {
  return {
    type: 'modal',
    callback_id: callbackId,
    private_metadata: JSON.stringify(origin),
    title: { type: 'plain_text', text: title.slice(0, 24) },
    submit: { type: 'plain_text', text: 'Paint' },
    close: { type: 'plain_text', text: 'Cancel' },
    blocks: fields.map(inputBlock),
  };
}

/** The form of a request as it is in Slack: with the photograph, where there is none yet, and room for all options. */
export function requestForm(form: Form, hasPicture: boolean, given: Readonly<Record<string, string>>): Form {
  const { options } = commandOf('stylize');
  const extra = (name: string, label: string): FormField[] =>
    options.filter((option) => option.name === name).map((option) => ({ option, label }));
  const advanced = TWEAKS.fields.filter(({ name }) => name === 'advanced');
  const fields: FormField[] = [
    ...(hasPicture ? [] : extra('content', 'Photograph')),
    ...form.fields,
    ...extra('size', 'Size in pixels'),
    ...extra('method', 'Method'),
    ...advanced.map((option) => ({ option, label: 'Advanced' })),
  ];
  const shown = new Set(fields.map(({ option }) => option.name));
  const others = Object.entries(given).filter(([name]) => !shown.has(name));
  const written = { ...given, ...(others.length > 0 && { advanced: inWords(others) }) } as Record<
    string,
    string
  >;
  return {
    title: hasPicture ? form.title : 'Stylize',
    fields: fields.map((field) => {
      const value = written[field.option.name] ?? field.value;
      return { ...field, ...(value !== undefined && { value }) };
    }),
  };
}

function inWords(options: readonly (readonly [string, string])[]): string {
  return options.map(([name, value]) => `${name} ${value}`).join(', ');
}

function inputBlock({ option, label, value }: FormField): types.InputBlock {
  return {
    type: 'input',
    block_id: option.name,
    label: { type: 'plain_text', text: label },
    hint: { type: 'plain_text', text: hintOf(option) },
    optional: !option.required,
    // A style that is chosen is shown.
    ...(option.name === 'style_name' && { dispatch_action: true }),
    element: element(option, value),
  };
}

function hintOf({ name, description }: OptionSpec): string {
  return name === 'style_name' ? `${description}; /stylize styles show NAME shows one` : description;
}

function element(option: OptionSpec, value: string | undefined): InputElement {
  const { name: action_id, type, min, max, suggest } = option;
  const choices = choicesOf(option);
  if (type === 'picture') return { type: 'file_input', action_id, filetypes: FILE_TYPES, max_files: 1 };
  if (choices) {
    const initial = choices.find((choice) => choice === value);
    return {
      type: 'static_select',
      action_id,
      options: choices.map(choiceOf),
      ...(initial !== undefined && { initial_option: choiceOf(initial) }),
    };
  }
  if (suggest) {
    return {
      type: 'external_select',
      action_id,
      min_query_length: 0,
      ...(value !== undefined && { initial_option: choiceOf(value) }),
    };
  }
  if (type === 'number' || type === 'integer') {
    const valid = value !== undefined && Number.isFinite(Number(value)) ? value : undefined;
    return {
      type: 'number_input',
      action_id,
      is_decimal_allowed: type === 'number',
      ...(min !== undefined && { min_value: String(min) }),
      ...(max !== undefined && { max_value: String(max) }),
      ...(valid !== undefined && { initial_value: valid }),
    };
  }
  return {
    type: 'plain_text_input',
    action_id,
    max_length: Math.min(max ?? 3000, 3000),
    ...(value !== undefined && { initial_value: value }),
  };
}

/** A choice of a selection. */
export function choiceOf(value: string): types.PlainTextOption {
  return {
    text: { type: 'plain_text', text: value.slice(0, MAX_OPTION) },
    value: value.slice(0, MAX_OPTION),
  };
}

/** An input's state when its modal is sent. */
export interface InputState {
  readonly type: string;
  readonly value?: string | null;
  readonly selected_option?: { readonly value: string } | null;
  readonly files?: readonly SlackFile[];
}

/** What a modal was filled in with, by the names of options; what was left empty is absent. */
export function filledIn(
  values: Readonly<Record<string, Readonly<Record<string, InputState>>>>,
  fetching: Fetching,
): Record<string, OptionValue> {
  const given = new Map<string, OptionValue>();
  for (const [name, inputs] of Object.entries(values)) {
    const [state] = Object.values(inputs);
    const file = state?.files?.[0];
    const text = state?.selected_option?.value ?? state?.value ?? '';
    if (file) given.set(name, attachmentOf(file, fetching));
    else if (text.trim() !== '') given.set(name, state?.type === 'number_input' ? Number(text) : text);
  }
  return Object.fromEntries(given);
}
