import {
  type APIAttachment,
  type APIComponentInLabel,
  InteractionType,
  ComponentType as Type,
} from 'discord-api-types/v10';
import { Interaction, type Modal } from '../interaction.ts';
import type { Account } from '../model/account.ts';
import type { FakeFile } from '../model/attachment.ts';
import type { Message } from '../model/message.ts';
import { has, permissionsIn } from '../permissions.ts';
import type { World } from '../world.ts';
import { ClientRefusal, toFile } from './options.ts';

/** Presses a button, found by its label, its emoji or its `custom_id`. */
export async function click(
  world: World,
  user: Account,
  message: Message,
  what: string,
): Promise<Interaction> {
  requireSight(user, message);
  const button = message.controls.find(
    (each) =>
      each.type === Type.Button &&
      (('custom_id' in each && each.custom_id === what) ||
        ('label' in each && each.label === what) ||
        ('emoji' in each && each.emoji?.name === what)),
  );
  if (button?.type !== Type.Button || !('custom_id' in button))
    throw new ClientRefusal(`There is no button ${what}.`);
  if (button.disabled) throw new ClientRefusal(`The button ${what} cannot be pressed.`);
  return press(world, user, message, { component_type: Type.Button, custom_id: button.custom_id, id: 0 });
}

/** Chooses from a menu of texts. */
export async function choose(
  world: World,
  user: Account,
  message: Message,
  customId: string,
  values: readonly string[],
): Promise<Interaction> {
  requireSight(user, message);
  const menu = message.controls.find((each) => 'custom_id' in each && each.custom_id === customId);
  if (menu?.type !== Type.StringSelect) throw new ClientRefusal(`There is no menu ${customId}.`);
  checkChoice(customId, menu, values);
  return press(world, user, message, { component_type: menu.type, custom_id: customId, values, id: 0 });
}

function checkChoice(
  name: string,
  menu: { options: { value: string }[]; min_values?: number; max_values?: number },
  values: readonly string[],
): void {
  const { min_values: min = 1, max_values: max = 1, options } = menu;
  const known = values.every((value) => options.some((option) => option.value === value));
  if (!known || values.length < min || values.length > max)
    throw new ClientRefusal(`${values} cannot be chosen of ${name}.`);
}

function requireSight(user: Account, message: Message): void {
  if (message.deleted) throw new ClientRefusal('The message is gone.');
  const forAnother = message.ephemeral && message.interaction?.user.id !== user.id;
  if (forAnother || !has(permissionsIn(message.channel, user), 'ViewChannel')) {
    throw new ClientRefusal(`${user.username} does not see the message.`);
  }
}

async function press(world: World, user: Account, message: Message, data: object): Promise<Interaction> {
  const type = InteractionType.MessageComponent;
  const interaction = new Interaction(world, { type, data, channel: message.channel, user, message });
  interaction.send(data);
  return interaction.acknowledged();
}

/** What a person enters into a form; fields left out keep what the form came with. */
export interface ModalInput {
  /** By `custom_id`: a text, or the values chosen. */
  readonly fields?: Readonly<Record<string, string | readonly string[] | boolean>>;
  readonly files?: Readonly<Record<string, readonly (FakeFile | Uint8Array)[]>>;
}

/** Sends a form; settles when the bot has acknowledged it. */
export async function submitModal(
  world: World,
  user: Account,
  { interaction: cause, data }: Modal,
  input: ModalInput,
): Promise<Interaction> {
  if (cause.user !== user) throw new ClientRefusal('The form was opened for someone else.');
  const attachments: Record<string, APIAttachment> = {};
  const seen = new Set<string>();
  const enter = (field: APIComponentInLabel, id: number) => {
    seen.add(field.custom_id);
    return { id, ...answer(world, field, input, attachments) };
  };
  const components = data.components.map((row, index) => {
    const id = index + 1;
    if (row.type === Type.Label) return { type: row.type, id, component: enter(row.component, id + 10) };
    if (row.type === Type.ActionRow) {
      return { type: row.type, id, components: row.components.map((each) => enter(each, id + 10)) };
    }
    return { type: row.type, id };
  });
  for (const name of [...Object.keys(input.fields ?? {}), ...Object.keys(input.files ?? {})]) {
    if (!seen.has(name)) throw new ClientRefusal(`The form has no field ${name}.`);
  }
  const { channel, message } = cause;
  const type = InteractionType.ModalSubmit;
  const interaction = new Interaction(world, { type, data, channel, user, message, cause });
  interaction.send({
    custom_id: data.custom_id,
    components,
    ...(Object.keys(attachments).length > 0 && { resolved: { attachments } }),
  });
  return interaction.acknowledged();
}

function answer(
  world: World,
  field: APIComponentInLabel,
  { fields = {}, files = {} }: ModalInput,
  attachments: Record<string, APIAttachment>,
): object {
  const { type, custom_id } = field;
  const refuse = (why: string) => new ClientRefusal(`The field ${custom_id} ${why}.`);
  const given = fields[custom_id];
  switch (field.type) {
    case Type.TextInput: {
      const value = given ?? field.value ?? '';
      if (typeof value !== 'string') throw refuse('takes a text');
      const { required = true, min_length: min = 0, max_length: max = 4000 } = field;
      if (value === '' && required) throw refuse('is required');
      if (value !== '' && (value.length < min || value.length > max))
        throw refuse(`has ${min} to ${max} characters`);
      return { type, custom_id, value };
    }
    case Type.StringSelect: {
      const preset = field.options.filter((each) => each.default).map(({ value }) => value);
      const values = typeof given === 'string' ? [given] : ((given as string[] | undefined) ?? preset);
      const optional = (field as { required?: boolean }).required === false;
      if (values.length > 0 || !optional) checkChoice(custom_id, field, values);
      return { type, custom_id, values };
    }
    case Type.FileUpload: {
      const chosen = (files[custom_id] ?? []).map((each) => toFile(each) as FakeFile);
      const { min_values: min = 1, max_values: max = 1 } = field;
      const required = (field as { required?: boolean }).required !== false;
      const enough = chosen.length >= min || (chosen.length === 0 && !required);
      if (!enough || chosen.length > max) throw refuse(`takes ${min} to ${max} files`);
      const values = chosen.map((file) => {
        const attachment = world.upload(`/ephemeral-attachments/${world.applicationId}`, file);
        attachments[attachment.id] = attachment.payload();
        return attachment.id;
      });
      return { type, custom_id, values };
    }
    case Type.Checkbox:
      return { type, custom_id, value: given === true };
    case Type.RadioGroup:
      return { type, custom_id, value: typeof given === 'string' ? given : null };
    default:
      return { type, custom_id, values: Array.isArray(given) ? given : [] };
  }
}
