type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of Impasto, of AWS and of PostgreSQL's and other tools that hold secrets, or say where they lie. */
const SECRET_NAME =
  /^(IMPASTO|AWS)_|^PGPASS|TOKEN|SECRET|PASSW|CREDENTIAL|AUTHORI[SZ]ATION|API_?KEY|_KEY(_ID)?$|(DATABASE|REDIS)_URL/i;
/** A URL with a user or a password in it, such as that of a proxy or a database. */
const SECRET_VALUE = /\w:\/\/[^\s/@]+@/;

/** What a program needs of its surroundings to run at all, on Linux, macOS and Windows. */
const BARE_NAME =
  /^(PATH|HOME|TMPDIR|LANG|LC_\w+|TZ|LD_LIBRARY_PATH|__CF_USER_TEXT_ENCODING|TEMP|TMP|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|USERPROFILE)$/i;

/**
 * An environment for a process that needs no secret: without Impasto's and AWS's variables, without what other programs
 * call a token, a key or a password, and without URLs that have a user in them. What such a process has to know of the
 * configuration, it is told.
 */
export function withoutSecrets(environment: Environment): NodeJS.ProcessEnv {
  return only(environment, (name, value) => !SECRET_NAME.test(name) && !SECRET_VALUE.test(value));
}

/** Only what any program needs, for a process that touches what strangers made; options of Node.js are not passed on. */
export function bareEnvironment(environment: Environment): NodeJS.ProcessEnv {
  return only(environment, (name) => BARE_NAME.test(name));
}

/** Only AWS's own variables, for a process that asks an S3 store. */
export function ofAws(environment: Environment): NodeJS.ProcessEnv {
  return only(environment, (name) => name.startsWith('AWS_'));
}

/** Options of Node.js for such a process: those given but for files of variables, which would bring secrets back. */
export function withoutEnvFiles(execArgv: readonly string[]): string[] {
  return execArgv.filter(
    (each, at) => !each.startsWith('--env-file') && !/^--env-file(-if-exists)?$/.test(execArgv[at - 1] ?? ''),
  );
}

function only(environment: Environment, fits: (name: string, value: string) => boolean): NodeJS.ProcessEnv {
  const entries = Object.entries(environment);
  return Object.fromEntries(entries.filter(([name, value]) => value !== undefined && fits(name, value)));
}
