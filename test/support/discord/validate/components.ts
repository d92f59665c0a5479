import {
  type APIActionRowComponent,
  type APIComponentInMessageActionRow,
  type APIMessageTopLevelComponent,
  ButtonStyle,
  ComponentType as Type,
} from 'discord-api-types/v10';
import type { Form } from '../errors.ts';

const MAX_ROWS = 5;
const MAX_BUTTONS = 5;
const SELECTS: readonly number[] = [
  Type.StringSelect,
  Type.UserSelect,
  Type.RoleSelect,
  Type.MentionableSelect,
  Type.ChannelSelect,
];

type Path = readonly (string | number)[];
type Loose = Readonly<Record<string, unknown>>;

/** Checks a message's components: rows of buttons, or one menu a row, each with an id of its own. */
export function checkComponents(form: Form, value: unknown): APIMessageTopLevelComponent[] {
  const path = ['components'];
  if (value === undefined || value === null) return [];
  if (!form.check(Array.isArray(value), path, 'LIST_TYPE_CONVERT', 'Only iterables may be used.')) return [];
  const rows = value as Loose[];
  form.check(rows.length <= MAX_ROWS, path, 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 5 in length.');
  const ids = new Set<string>();
  for (const [index, row] of rows.entries()) {
    const at = [...path, index];
    // Messages laid out with other components need a flag, and are not written by this bot.
    if (!form.check(row.type === Type.ActionRow, [...at, 'type'], 'UNION_TYPE_CHOICES', 'Must be {1}.'))
      continue;
    checkRow(form, row as unknown as APIActionRowComponent<APIComponentInMessageActionRow>, at, ids);
  }
  return value as APIMessageTopLevelComponent[];
}

function checkRow(
  form: Form,
  row: APIActionRowComponent<APIComponentInMessageActionRow>,
  path: Path,
  ids: Set<string>,
): void {
  const components: readonly APIComponentInMessageActionRow[] = row.components ?? [];
  const menus = components.filter(({ type }) => SELECTS.includes(type));
  const max = menus.length > 0 ? 1 : MAX_BUTTONS;
  form.check(
    components.length >= 1 && components.length <= max,
    [...path, 'components'],
    'BASE_TYPE_BAD_LENGTH',
    `Must be between 1 and ${max} in length.`,
  );
  for (const [index, component] of components.entries()) {
    const at = [...path, 'components', index];
    if (component.type === Type.Button) checkButton(form, component as unknown as Loose, at);
    else if (
      !form.check(menus.includes(component), [...at, 'type'], 'UNION_TYPE_CHOICES', 'Must be {2, 3, …}.')
    ) {
      continue;
    } else if (component.type === Type.StringSelect)
      checkStringSelect(form, component as unknown as Loose, at);
    if ('custom_id' in component) uniqueId(form, component.custom_id, at, ids);
    else if (menus.includes(component)) form.text(undefined, [...at, 'custom_id'], 1, 100);
  }
}

/** An id of 1 to 100 characters that no other component has. */
export function uniqueId(form: Form, id: unknown, path: Path, ids: Set<string>): void {
  const at = [...path, 'custom_id'];
  if (!form.text(id, at, 1, 100)) return;
  form.check(!ids.has(id), at, 'COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated');
  ids.add(id);
}

function checkButton(form: Form, button: Loose, path: Path): void {
  const { style, label, emoji, custom_id, url } = button;
  const styles: readonly unknown[] = Object.values(ButtonStyle);
  form.check(styles.includes(style), [...path, 'style'], 'BASE_TYPE_CHOICES', 'Must be one of the styles.');
  if (label !== undefined) form.text(label, [...path, 'label'], 1, 80);
  form.check(
    label !== undefined || emoji !== undefined || style === ButtonStyle.Premium,
    path,
    'BUTTON_COMPONENT_LABEL_OR_EMOJI',
    'A button must have a label or an emoji.',
  );
  if (emoji !== undefined) checkEmoji(form, emoji as Loose, [...path, 'emoji']);
  if (style === ButtonStyle.Link) {
    form.check(
      typeof url === 'string' && URL.canParse(url),
      [...path, 'url'],
      'URL_TYPE_INVALID_URL',
      'Not a URL.',
    );
    form.check(custom_id === undefined, path, 'BUTTON_COMPONENT_CUSTOM_ID_URL', 'A link has no custom id.');
  } else if (style !== ButtonStyle.Premium) {
    form.text(custom_id, [...path, 'custom_id'], 1, 100);
  }
}

export function checkEmoji(form: Form, { id, name }: Loose, path: Path): void {
  const known = id ? /^\d+$/.test(String(id)) : isEmoji(String(name));
  form.check(known, [...path, 'name'], 'BUTTON_COMPONENT_INVALID_EMOJI', 'Invalid emoji');
}

export function checkStringSelect(form: Form, select: Loose, path: Path): void {
  const options = (select.options ?? []) as Loose[];
  const { min_values: min = 1, max_values: max = 1 } = select;
  const at = [...path, 'options'];
  form.check(
    options.length >= 1 && options.length <= 25,
    at,
    'BASE_TYPE_BAD_LENGTH',
    'Must be 1 to 25 options.',
  );
  if (select.placeholder !== undefined) form.text(select.placeholder, [...path, 'placeholder'], 0, 150);
  const values = new Set<unknown>();
  for (const [index, option] of options.entries()) {
    form.text(option.label, [...at, index, 'label'], 1, 100);
    form.text(option.value, [...at, index, 'value'], 1, 100);
    if (option.description !== undefined)
      form.text(option.description, [...at, index, 'description'], 0, 100);
    if (option.emoji) checkEmoji(form, option.emoji as Loose, [...at, index, 'emoji']);
    form.check(
      !values.has(option.value),
      [...at, index],
      'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED',
      'Twice.',
    );
    values.add(option.value);
  }
  const chosen = options.filter((option) => option.default === true).length;
  const fits = Number(min) >= 0 && Number(max) <= options.length && Number(min) <= Number(max);
  form.check(fits, [...path, 'max_values'], 'SELECT_COMPONENT_MAX_VALUES', 'There are not so many options.');
  form.check(chosen <= Number(max), at, 'SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES', 'Too many defaults.');
}

/** Built at run time, since the compiler's target does not know the flag. */
const ONE_EMOJI = ['^(\\p{RGI_Emoji}|\\p{Emoji}\\uFE0F?|[0-9#*]\\uFE0F?\\u20E3)$', 'v'] as const;
const EMOJI = new RegExp(...ONE_EMOJI);

/** The expression is slow, and a bot uses the same few over and over. */
const judged = new Map<string, boolean>();

/** Whether this is one emoji of Unicode, as a person would pick it. */
export function isEmoji(text: string): boolean {
  const known = judged.get(text) ?? (EMOJI.test(text) && !/^[0-9#*]$/.test(text));
  judged.set(text, known);
  return known;
}
