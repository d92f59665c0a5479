import { describe, expect, it } from 'vitest';
import { VARIABLES } from '../../src/config.ts';
import { bareEnvironment, withoutEnvFiles, withoutSecrets } from '../../src/processes/environment.ts';

const harmless = {
  PATH: '/usr/bin',
  HOME: '/home/impasto',
  LANG: 'C.UTF-8',
  LC_ALL: 'C',
  TZ: 'UTC',
  TMPDIR: '/tmp',
  LD_LIBRARY_PATH: '/opt/cuda/lib64',
  Path: 'C:\\Windows',
  SystemRoot: 'C:\\Windows',
};
const useful = {
  CUDA_VISIBLE_DEVICES: '0',
  NODE_OPTIONS: '--max-old-space-size=4000',
  NODE_EXTRA_CA_CERTS: '/etc/ca.pem',
  HTTPS_PROXY: 'http://proxy.example:3128',
  XDG_CACHE_HOME: '/home/impasto/.cache',
  KEYBOARD: 'de',
};

describe('the environment of a process that needs no secret', () => {
  it('has nothing of Impasto and AWS, and of others nothing that is called a secret or has a user in a URL', () => {
    const secret = Object.fromEntries(
      [
        ...VARIABLES,
        'AWS_PROFILE',
        'AWS_CONTAINER_AUTHORIZATION_TOKEN',
        'PGPASSWORD',
        'PGPASSFILE',
        'GITHUB_TOKEN',
        'DATABASE_URL',
        'REDIS_URL',
        'OPENAI_API_KEY',
        'DEPLOY_KEY',
        'client_secret',
        'GOOGLE_APPLICATION_CREDENTIALS',
      ].map((name) => [name, 'x']),
    );
    const proxy = { https_proxy: 'http://user:password@proxy:3128', ALL_PROXY: 'socks5://user@proxy' };
    expect(withoutSecrets({ ...harmless, ...useful, ...secret, ...proxy, GONE: undefined })).toEqual({
      ...harmless,
      ...useful,
    });
  });

  it('is not filled again from a file of variables', () => {
    const execArgv = [
      '--env-file=.env',
      '--import',
      'tsx',
      '--env-file-if-exists',
      '.env',
      '--enable-source-maps',
    ];
    expect(withoutEnvFiles(execArgv)).toEqual(['--import', 'tsx', '--enable-source-maps']);
  });

  it('is as bare as can be for one that touches what strangers made', () => {
    expect(bareEnvironment({ ...harmless, ...useful, MY_HOME: '/', npm_config_path: '/' })).toEqual(harmless);
  });
});
