import { estimateWork } from '../../nst/estimate.ts';
import { PRESETS } from '../../nst/presets.ts';
import { parseSettings } from '../../nst/settings.ts';
import { COMMANDS, commandOf } from '../commands.ts';
import { legend } from '../messages.ts';
import type { Handler } from './handler.ts';

const methodSpec = commandOf('stylize').options.find(({ name }) => name === 'method');

export const help: Handler = async ({ actor }) => {
  const commands = COMMANDS.filter(({ admin }) => !admin || actor.admin);
  return {
    text: [
      '**I repaint a photograph in the style of a painting.** Give `stylize` a photograph as content, and a painting as style or the name of one as style_name.',
      ...commands.map(({ name, description, subcommands }) => {
        const subs = subcommands ? ` (${subcommands.map((each) => each.name).join(', ')})` : '';
        return `\`${name}\`${subs} ${description}`;
      }),
      `Settings go into a request by their names, such as \`strength\` and \`method\` (${methodSpec?.description}).`,
      `Under a result, a reaction paints it again or does something with it: ${legend({ kind: 'painting' })}`,
    ].join('\n'),
    private: true,
  };
};

export const about: Handler = async (_, __, { settings, speed, queue }) => {
  const { ms, measured } = await speed.current(PRESETS.standard);
  const { painters } = await queue.stats();
  const square = { width: 512, height: 512 };
  const typical = ms * estimateWork(square, parseSettings(PRESETS.standard, 1));
  return {
    text: [
      `**Impasto ${settings.version}** · neural style transfer after Gatys, Ecker and Bethge (2015) and Kolkin et al. (2022) · MIT licence`,
      `${painters} ${painters === 1 ? 'painter' : 'painters'}; a 512 px square takes ${measured ? '' : 'an estimated '}${Math.round(typical / 1000)} s.`,
      'VGG-19: Visual Geometry Group, University of Oxford, CC BY 4.0.',
      'Location and all other metadata of your photographs are left out. `forget-me` erases what I keep of you.',
    ].join('\n'),
    private: true,
  };
};
