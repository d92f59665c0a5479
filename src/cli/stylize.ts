import path from 'node:path';
import { Command, Option } from 'commander';
import { type Config, ENGINES } from '../config.ts';
import { chooseEngines } from '../engines/choose.ts';
import { ImpastoError } from '../nst/errors.ts';
import { encodePicture } from '../nst/image/encode.ts';
import { formatOf, type OutputFormat } from '../nst/image/formats.ts';
import type { Picture } from '../nst/image/picture.ts';
import { openNetworks } from '../nst/networks.ts';
import { PRESETS, type PresetName } from '../nst/presets.ts';
import type { Progress } from '../nst/progress.ts';
import { inWordsOf } from '../nst/setting-error.ts';
import { parseSettings, type StylizeOptions, type StylizeSettings } from '../nst/settings.ts';
import { type StylizeResult, stylize } from '../nst/stylize.ts';
import { openWeights } from '../nst/weights/store.ts';
import { checkWritable, readInput, writeAtomically } from './files.ts';
import { addSettingOptions, flagName, settingsFrom } from './options.ts';
import { Recorder } from './recorder.ts';
import { readSources } from './sources.ts';
import { downloadMeter, type Output, paintingMeter } from './terminal.ts';

/** What `impasto stylize` works with. */
export interface StylizeCommandOptions {
  readonly config: Config;
  /** Aborted by Ctrl-C: the picture so far is saved. */
  readonly signal: AbortSignal;
  /** The result's path, or JSON, goes here. */
  readonly stdout: Output;
  /** Progress and notices go here. */
  readonly stderr: Output;
  /** Impasto's version, written into pictures. */
  readonly version: string;
}

/** Flags beside the settings. */
interface Flags {
  readonly output: string;
  readonly preset?: PresetName;
  readonly engine?: Config['engine'];
  readonly quality?: string;
  readonly initPicture?: string;
  readonly mask?: string;
  readonly saveEvery?: string;
  readonly timelapse?: string;
  readonly lossPlot?: string;
  readonly checkpoint?: string;
  readonly resume?: string;
  readonly json?: true;
}

/** Makes the command `stylize`: the main job, from picture files to a picture file. */
export function stylizeCommand(options: StylizeCommandOptions): Command {
  const command = new Command('stylize')
    .description('repaint a photograph in the style of one or more paintings')
    .argument('<content>', 'the photograph')
    .argument('<style...>', 'one or more paintings')
    .requiredOption('-o, --output <file>', 'where to write the result: .png, .jpg or .webp')
    .addOption(
      new Option(
        '--preset <choice>',
        'size, evaluations and network in one, or all as in the paper; other flags go before it',
      ).choices(Object.keys(PRESETS)),
    )
    .addOption(
      new Option('--engine <choice>', 'what to paint on (default: IMPASTO_ENGINE, else auto)').choices(
        ENGINES,
      ),
    )
    .option('--quality <number>', 'quality of JPEG and WebP (1 to 100)')
    .option('--init-picture <file>', 'the picture to start from; implies --init picture')
    .option('--mask <file>', 'paint only where this picture is white')
    .option('--save-every <number>', 'also save the picture after every so many evaluations')
    .option('--timelapse <file>', 'write an animation of the painting coming to be: .webp or .gif')
    .option('--loss-plot <file>', 'write a plot of the loss: .svg')
    .option('--checkpoint <file>', 'where Ctrl-C and --save-every leave a checkpoint to resume from')
    .option('--resume <file>', 'continue from a checkpoint, with the same pictures and settings')
    .option('--json', 'print the result as JSON');
  addSettingOptions(command);
  return command.action((content: string, styles: string[], values: Flags & Record<string, unknown>) =>
    new StylizeCommand(options, values).run(content, styles).catch((error) => {
      throw inWordsOf(flagName, error);
    }),
  );
}

class StylizeCommand {
  readonly #options: StylizeCommandOptions;
  readonly #flags: Flags;
  readonly #settings: StylizeOptions;
  readonly #format: OutputFormat;
  readonly #quality: number | undefined;
  /** Name of the network that paints. */
  #network: string | undefined;
  #latest: Progress | undefined;

  constructor(options: StylizeCommandOptions, values: Flags & Record<string, unknown>) {
    this.#options = options;
    this.#flags = values;
    this.#settings = {
      ...(values.preset && PRESETS[values.preset]),
      ...(values.initPicture && { init: 'picture' as const }),
      ...settingsFrom(values),
    };
    this.#format = formatOf(values.output);
    this.#quality = wholeNumber('quality', values.quality, 100);
  }

  async run(contentPath: string, stylePaths: readonly string[]): Promise<void> {
    const { config, signal, stderr, stdout } = this.#options;
    const flags = this.#flags;
    const settings = parseSettings(this.#settings, stylePaths.length);
    const recorder = new Recorder({
      saveEvery: wholeNumber('save-every', flags.saveEvery),
      timelapse: flags.timelapse,
      lossPlot: flags.lossPlot,
      iterations: settings.iterations,
      save: (progress) => this.#saveIntermediate(progress, settings),
    });
    if ((settings.init === 'picture') !== (flags.initPicture !== undefined)) {
      throw new ImpastoError('bad-setting', `--init ${settings.init} does not fit --init-picture.`, {
        advice: 'Name the picture to start from by --init-picture FILE, and leave --init away.',
      });
    }
    const inputs = [contentPath, ...stylePaths, flags.initPicture, flags.mask];
    checkDistinct(this.#outputs(), inputs);
    for (const path of this.#outputs()) await checkWritable(path);
    const files = { content: contentPath, styles: stylePaths, init: flags.initPicture, mask: flags.mask };
    const input = await readSources(files, settings, this.#options);
    const resume =
      flags.resume === undefined ? undefined : await readInput(flags.resume, Number.MAX_SAFE_INTEGER);
    const download = downloadMeter(stderr);
    const weights = openWeights({
      folders: config.modelsFolder === undefined ? [] : [config.modelsFolder],
      cacheFolder: config.cacheFolder,
      source: config.modelsUrl,
      onProgress: download.show,
    });
    const { threads, enginesFile: outcomesFile } = config;
    const { engines, told } = await chooseEngines({
      engine: flags.engine ?? config.engine,
      threads,
      outcomesFile,
      signal,
      onTrial: (told) => stderr.write(`${told}\n`),
      onError: (error) => stderr.write(`Which engines work could not be remembered: ${error}\n`),
    });
    stderr.write(`${told}\n`);
    const networks = openNetworks({ weights, threads, engines });
    const meter = paintingMeter(stderr);
    try {
      const choice = await networks.choose(settings, signal);
      const { engine, why } = choice;
      download.done();
      this.#network = engine.network.name;
      if (why !== undefined) stderr.write(`${why}\n`);
      const result = await stylize(input, this.#settings, {
        engine,
        signal,
        ...(resume && { resume }),
        onProgress: async (progress) => {
          this.#latest = progress;
          meter.show(progress);
          await recorder.record(progress);
        },
      });
      meter.done();
      await this.#save(result.picture, flags.output, result);
      this.#latest = undefined;
      await recorder.finish(result.picture);
      for (const warning of [...choice.warnings, ...result.warnings]) stderr.write(`${warning}\n`);
      stdout.write(flags.json ? `${JSON.stringify(this.#summary(result))}\n` : `${flags.output}\n`);
    } catch (error) {
      download.done();
      meter.done();
      await this.#rescue(settings, recorder);
      throw error;
    } finally {
      await networks.dispose();
    }
  }

  #outputs(): string[] {
    const { output, timelapse, lossPlot, checkpoint } = this.#flags;
    return [output, timelapse, lossPlot, checkpoint].filter((path) => path !== undefined);
  }

  async #save(
    picture: Picture,
    path: string,
    { settings, iterations, loss }: Pick<StylizeResult, 'settings' | 'iterations' | 'loss'>,
  ): Promise<void> {
    const network = this.#network;
    const parameters = { version: this.#options.version, settings, network, iterations, loss };
    const quality = this.#quality;
    const bytes = await encodePicture(picture, {
      format: this.#format,
      parameters,
      ...(quality !== undefined && { quality }),
    });
    await writeAtomically(path, bytes);
  }

  async #saveIntermediate(progress: Progress, settings: StylizeSettings): Promise<void> {
    const [, stem, extension] = /^(.*)(\.[^.]+)$/s.exec(this.#flags.output) as unknown as [
      string,
      string,
      string,
    ];
    const number = String(progress.iteration).padStart(5, '0');
    await this.#savePreview(progress, `${stem}-${number}${extension}`, settings);
    await this.#saveCheckpoint(progress);
  }

  async #saveCheckpoint(progress: Progress): Promise<void> {
    const { checkpoint } = this.#flags;
    if (checkpoint !== undefined) await writeAtomically(checkpoint, progress.checkpoint());
  }

  async #savePreview(progress: Progress, path: string, settings: StylizeSettings): Promise<void> {
    const { iteration: iterations, loss } = progress;
    await this.#save(await progress.preview(), path, { settings, iterations, loss });
  }

  /** Whatever ended the painting, what it had become is kept, as far as it can be. */
  async #rescue(settings: StylizeSettings, recorder: Recorder): Promise<void> {
    const progress = this.#latest;
    if (!progress) return;
    const { output, checkpoint } = this.#flags;
    const rescued = async (what: string, save: Promise<void>) => {
      try {
        await save;
        return what;
      } catch (failure) {
        this.#options.stderr.write(`${what} could not be saved: ${(failure as Error).message}\n`);
        return undefined;
      }
    };
    const picture = await rescued(output, this.#savePreview(progress, output, settings));
    const films = progress.preview().then((preview) => recorder.finish(preview));
    await rescued('The time lapse or the plot', films);
    const resume = checkpoint && (await rescued(checkpoint, this.#saveCheckpoint(progress)));
    const saved = picture ? `; saved ${picture}` : '';
    const advice = resume ? `; continue with --resume ${resume}` : '';
    this.#options.stderr.write(`Stopped after ${progress.iteration} evaluations${saved}${advice}.\n`);
  }

  #summary(result: StylizeResult): Record<string, unknown> {
    const { picture, ...rest } = result;
    const { output, timelapse, lossPlot } = this.#flags;
    return { output, timelapse, lossPlot, width: picture.width, height: picture.height, ...rest };
  }
}

/** @throws ImpastoError `bad-setting` when a file would be written twice, or over a picture that is read. */
function checkDistinct(outputs: readonly string[], inputs: readonly (string | undefined)[]): void {
  const taken = new Set(inputs.filter((file) => file !== undefined).map((file) => path.resolve(file)));
  for (const file of outputs) {
    const place = path.resolve(file);
    if (taken.has(place)) {
      throw new ImpastoError('bad-setting', `${file} is named twice.`, {
        advice: 'Give every output a name of its own, other than that of an input.',
      });
    }
    taken.add(place);
  }
}

/** @throws ImpastoError `bad-setting` when the text is not a whole number from 1 to the maximum. */
function wholeNumber(name: string, text: string | undefined, maximum = 1e9): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= maximum) return value;
  throw new ImpastoError('bad-setting', `--${name} cannot be “${text.slice(0, 40)}”.`, {
    advice: `Give a whole number from 1 to ${maximum}.`,
  });
}
