import {
  type APILabelComponent,
  type APIModalInteractionResponseCallbackData,
  type APIStringSelectComponent,
  ComponentType,
  type ModalSubmitFields,
  TextInputStyle,
} from 'discord.js';
import type { OptionValue } from '../../bot/chat.ts';
import type { Form, FormField } from '../../bot/forms.ts';
import { choicesOf } from '../../bot/options.ts';
import { attachmentOf } from './attachments.ts';

/** The longest that a number is as text: a sign, a zero, a point, five zeros and 17 digits. */
const NUMBER_LENGTH = 25;

/** A form as Discord's modal: a label and an input for each field. */
export function modalOf({ title, fields }: Form, id: string): APIModalInteractionResponseCallbackData {
  return { custom_id: id, title: title.slice(0, 45), components: fields.map(labelled) };
}

function labelled({ option, label, value }: FormField): APILabelComponent {
  return {
    type: ComponentType.Label,
    label: label.slice(0, 45),
    description: option.description.slice(0, 100),
    component: input({ option, label, ...(value !== undefined && { value }) }),
  };
}

function input({ option, value }: FormField): APILabelComponent['component'] {
  const { name: custom_id, required = false } = option;
  if (option.type === 'picture') {
    return {
      type: ComponentType.FileUpload,
      custom_id,
      required,
      min_values: required ? 1 : 0,
      max_values: 1,
    };
  }
  const choices = choicesOf(option);
  if (choices) return select(custom_id, required, choices, value);
  return {
    type: ComponentType.TextInput,
    custom_id,
    required,
    style: TextInputStyle.Short,
    max_length: option.type === 'text' ? Math.min(option.max ?? 4000, 4000) : NUMBER_LENGTH,
    ...(value !== undefined && { value }),
  };
}

function select(
  custom_id: string,
  required: boolean,
  choices: readonly string[],
  value: string | undefined,
): APIStringSelectComponent {
  return {
    type: ComponentType.StringSelect,
    custom_id,
    required,
    min_values: required ? 1 : 0,
    max_values: 1,
    options: choices.map((choice) => ({ label: choice, value: choice, default: choice === value })),
  };
}

/** What a modal was filled in with, by the names of options; what was left empty is absent. */
export function filledIn(fields: ModalSubmitFields, get: typeof fetch): Record<string, OptionValue> {
  const values = new Map<string, OptionValue>();
  for (const [name, field] of fields.fields) {
    if (field.type === ComponentType.FileUpload) {
      // discord.js leaves them out when nothing was uploaded, whatever its types say.
      const file = (field.attachments as typeof field.attachments | undefined)?.first();
      if (file) values.set(name, attachmentOf(file, get));
    } else if ('values' in field) {
      const [chosen] = field.values;
      if (chosen !== undefined) values.set(name, chosen);
    } else if ('value' in field && typeof field.value === 'string' && field.value.trim() !== '') {
      values.set(name, field.value);
    }
  }
  return Object.fromEntries(values);
}
