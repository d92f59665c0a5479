import { ComponentType } from 'discord.js';
import { describe, expect, it } from 'vitest';
import * as discord from '../../src/adapters/discord/modals.ts';
import * as slack from '../../src/adapters/slack/modals.ts';
import { commandOf, type OptionSpec } from '../../src/bot/commands.ts';
import { type Form, stylizeForm } from '../../src/bot/forms.ts';
import { readOptions } from '../../src/bot/options.ts';

const { options } = commandOf('stylize');
const rotations = options.find(({ name }) => name === 'style_rotations') as OptionSpec;
const form: Form = {
  title: 'A form',
  fields: [{ option: rotations, label: 'Turned, too', value: 'yes' }],
};

/** What the bot makes of a form that says yes. */
const readBack = (given: Parameters<typeof readOptions>[0]) =>
  readOptions(given, [rotations]).flag('style_rotations');

const origin = { place: { platform: 'slack', server: 't', channel: 'c', thread: null } };
const elementOf = (of: Form, name: string) =>
  slack.modalOf(of, 'id', origin).blocks.find(({ block_id }) => block_id === name);

describe('a setting that is so or not, in a form', () => {
  it('is chosen in Discord', () => {
    const [label] = discord.modalOf(form, 'id').components;
    expect(label).toMatchObject({
      component: {
        type: ComponentType.StringSelect,
        options: [
          { value: 'yes', default: true },
          { value: 'no', default: false },
        ],
      },
    });
    const field = { type: ComponentType.StringSelect, values: ['yes'] };
    const fields = { fields: new Map([['style_rotations', field]]) };
    expect(readBack(discord.filledIn(fields as never, fetch))).toBe(true);
  });

  it('is chosen in Slack', () => {
    expect(elementOf(form, 'style_rotations')).toMatchObject({
      element: {
        type: 'static_select',
        options: [{ value: 'yes' }, { value: 'no' }],
        initial_option: { value: 'yes' },
      },
    });
    const chosen = { type: 'static_select', selected_option: { value: 'yes' } };
    expect(readBack(slack.filledIn({ style_rotations: { any: chosen } }, {} as never))).toBe(true);
  });
});

it('Slack’s form of a request chooses the method, and takes what else was written as words', () => {
  const given = { method: 'neighbour', style_rotations: 'true' };
  const request = slack.requestForm(stylizeForm({ settings: {} }), true, given);
  expect(elementOf(request, 'method')).toMatchObject({
    element: { type: 'static_select', initial_option: { value: 'neighbour' } },
  });
  expect(elementOf(request, 'advanced')).toMatchObject({
    element: { initial_value: 'style_rotations true' },
  });
});
