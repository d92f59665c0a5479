import {
  type APIApplicationCommandOptionChoice,
  type APIModalInteractionResponseCallbackData,
  TextInputStyle,
  ComponentType as Type,
} from 'discord-api-types/v10';
import { Form } from '../errors.ts';
import { checkStringSelect, uniqueId } from './components.ts';

type Loose = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/** Checks a form that the bot opens. */
export function checkModal(data: unknown): APIModalInteractionResponseCallbackData {
  const form = new Form();
  const { title, custom_id, components } = (data ?? {}) as Loose;
  form.text(title, ['data', 'title'], 1, 45);
  form.text(custom_id, ['data', 'custom_id'], 1, 100);
  const rows = Array.isArray(components) ? (components as Loose[]) : [];
  const path = ['data', 'components'];
  form.check(
    rows.length >= 1 && rows.length <= 5,
    path,
    'BASE_TYPE_BAD_LENGTH',
    'Must be between 1 and 5 in length.',
  );
  const ids = new Set<string>();
  for (const [index, row] of rows.entries()) checkRow(form, row, [...path, index], ids);
  form.done();
  return data as APIModalInteractionResponseCallbackData;
}

function checkRow(form: Form, row: Loose, path: Path, ids: Set<string>): void {
  if (row.type === Type.TextDisplay) {
    form.text(row.content, [...path, 'content'], 1, 4000);
  } else if (row.type === Type.ActionRow) {
    const inputs = (row.components ?? []) as Loose[];
    form.check(
      inputs.length === 1 && inputs[0]?.type === Type.TextInput,
      [...path, 'components'],
      'BASE_TYPE_BAD_LENGTH',
      'A row of a modal has one text input.',
    );
    const at = [...path, 'components', 0];
    form.text(inputs[0]?.label, [...at, 'label'], 1, 45);
    checkField(form, inputs[0] ?? {}, at, ids);
  } else if (row.type === Type.Label) {
    form.text(row.label, [...path, 'label'], 1, 45);
    if (row.description !== undefined) form.text(row.description, [...path, 'description'], 0, 100);
    const field = (row.component ?? {}) as Loose;
    form.check(
      field.label === undefined,
      [...path, 'component', 'label'],
      'COMPONENT_LABEL_NOT_ALLOWED',
      'The label has the label.',
    );
    checkField(form, field, [...path, 'component'], ids);
  } else {
    form.check(
      false,
      [...path, 'type'],
      'UNION_TYPE_CHOICES',
      'Value of field "type" must be one of (1, 10, 18).',
    );
  }
}

function checkField(form: Form, field: Loose, path: Path, ids: Set<string>): void {
  uniqueId(form, field.custom_id, path, ids);
  const count = (min: number, max: number) => {
    const { min_values: least = 1, max_values: most = 1 } = field;
    const good =
      Number(least) >= min && Number(most) <= max && Number(most) >= 1 && Number(least) <= Number(most);
    form.check(good, [...path, 'max_values'], 'NUMBER_TYPE_MAX', `Must be between ${min} and ${max}.`);
  };
  switch (field.type) {
    case Type.TextInput: {
      const { style, placeholder, value, min_length: min = 0, max_length: max = 4000 } = field;
      const styled = style === TextInputStyle.Short || style === TextInputStyle.Paragraph;
      form.check(styled, [...path, 'style'], 'BASE_TYPE_CHOICES', 'Must be 1 or 2.');
      if (placeholder !== undefined) form.text(placeholder, [...path, 'placeholder'], 0, 100);
      const ranged =
        Number(min) >= 0 && Number(min) <= Number(max) && Number(max) >= 1 && Number(max) <= 4000;
      form.check(ranged, [...path, 'max_length'], 'NUMBER_TYPE_MAX', 'Lengths are from 0 or 1 to 4000.');
      if (value !== undefined && value !== '') form.text(value, [...path, 'value'], Number(min), Number(max));
      break;
    }
    case Type.StringSelect:
      checkStringSelect(form, field, path);
      form.check(field.disabled !== true, [...path, 'disabled'], 'COMPONENT_DISABLED', 'Not in a modal.');
      break;
    case Type.FileUpload:
      count(0, 10);
      break;
    case Type.UserSelect:
    case Type.RoleSelect:
    case Type.MentionableSelect:
    case Type.ChannelSelect:
      count(0, 25);
      break;
    case Type.Checkbox:
      break;
    case Type.RadioGroup:
    case Type.CheckboxGroup:
      form.check(
        ((field.options ?? []) as []).length >= 1,
        [...path, 'options'],
        'BASE_TYPE_BAD_LENGTH',
        'Too few.',
      );
      break;
    default:
      form.check(false, [...path, 'type'], 'UNION_TYPE_CHOICES', `A modal has no component ${field.type}.`);
  }
}

/** Checks what the bot proposes for an option. */
export function checkSuggestions(data: unknown): APIApplicationCommandOptionChoice[] {
  const form = new Form();
  const choices = ((data ?? {}) as { choices?: Loose[] }).choices;
  const path = ['data', 'choices'];
  form.check(Array.isArray(choices), path, 'BASE_TYPE_REQUIRED', 'This field is required');
  form.check(
    (choices?.length ?? 0) <= 25,
    path,
    'BASE_TYPE_BAD_LENGTH',
    'Must be between 0 and 25 in length.',
  );
  for (const [index, { name, value }] of (choices ?? []).entries()) {
    form.text(name, [...path, index, 'name'], 1, 100);
    if (typeof value !== 'number') form.text(value, [...path, index, 'value'], 1, 100);
  }
  form.done();
  return choices as unknown as APIApplicationCommandOptionChoice[];
}
