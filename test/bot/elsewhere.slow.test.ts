import { describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { painterOf } from '../../src/main/painters.ts';
import { createLog } from '../../src/ops/log.ts';
import { ann, painting, photo, startTestInstance, studio } from '../support/instance.ts';
import { noPostgres, PostgresServer } from '../support/postgres.ts';
import { credentials, S3Server } from '../support/s3.ts';

describe.skipIf(noPostgres)(
  `a whole bot with its records and pictures elsewhere (${noPostgres || 'PostgreSQL, S3'})`,
  () => {
    it('paints there what it was asked before a restart of everything, and answers it once', {
      timeout: 120_000,
    }, async () => {
      const [database, pictures] = await Promise.all([PostgresServer.start(), S3Server.start()]);
      onTestFinished(async () => {
        await Promise.all([database.dispose(), pictures.close()]);
      });
      const url = await database.newDatabase();
      const environment = {
        IMPASTO_DATABASE_URL: url,
        IMPASTO_PICTURES: 's3://pictures/art',
        IMPASTO_S3_ENDPOINT: pictures.endpoint,
        IMPASTO_CHECKPOINT_SECONDS: '1',
        IMPASTO_THREADS: '1',
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      };
      await using test = await startTestInstance({
        environment,
        createPainter: (folder) => () =>
          painterOf(
            readConfig({ IMPASTO_DATA: folder, ...environment }, 'no.env'),
            createLog({ level: 'error' }),
            {
              execArgv: ['--import', 'tsx'],
              entry: new URL('../support/tiny-painter.ts', import.meta.url),
            },
          ),
      });
      const { platform } = test;
      // Long enough for some checkpoints, which are a second apart.
      const options = { content: photo, style: painting, size: 192, evaluations: 500 };
      await platform.send({ kind: 'command', actor: ann, place: studio, command: 'stylize', options });
      await platform.until(() =>
        [...pictures.objects.keys()].some((key) => key.startsWith('art/checkpoints/')),
      );
      await Promise.all([test.restart(), database.stop().then(() => database.start())]);
      const end = await platform.until(() => platform.messages.find(({ key }) => key.startsWith('end-')));
      expect(end.versions[0]?.picture?.name).toMatch(/\.png$/);
      await platform.until(() => platform.texts('status-').every((text) => text.startsWith('Painted')));
      await expect
        .poll(() => database.query('select state, delivered_at is not null as told from jobs', url))
        .toEqual([{ state: 'done', told: true }]);
      await platform.until(
        () => ![...pictures.objects.keys()].some((key) => key.startsWith('art/checkpoints/')),
      );
      expect(platform.messages.filter(({ key }) => key.startsWith('end-'))).toHaveLength(1);
      expect(test.log.join('\n')).not.toMatch(/top-secret/);
    });
  },
);
