// Settings in effect that are weak or contradict each other. Each is allowed on purpose, so the service starts with it.
import type { ProcessSettings } from '../platform/config/index.js';
import type { DatabaseSettings } from '../platform/database/index.js';
import { fault, fine, type Observation, warning } from '../platform/diagnosis/index.js';
import { isLocalHost } from '../platform/dialer/index.js';
import type { HttpSettings } from '../platform/http/index.js';
import type { LoggingSettings } from '../platform/logging/index.js';
import type { QueueSettings } from '../queue/index.js';
import type { SecretsSettings } from '../platform/secrets/index.js';

export interface Configuration {
  readonly http: HttpSettings;
  readonly process: ProcessSettings;
  readonly database: DatabaseSettings;
  readonly logging: LoggingSettings;
  readonly queue: QueueSettings;
  readonly secrets: SecretsSettings;
}

/** Passwords that somebody who guesses tries first. */
const GUESSED_FIRST = ['postgres', 'provost', 'password', 'secret', 'admin', 'changeme', 'changeit', 'test'];

export function weakConfiguration(configuration: Configuration): Observation[] {
  const weak = [
    production(configuration),
    publicAddress(configuration),
    proxies(configuration),
    embeddedDatabase(configuration),
    databasePassword(configuration),
    keyOfSecrets(configuration),
    logLevel(configuration),
    timeFactor(configuration),
  ].filter((observation) => observation !== undefined);
  return weak.length > 0 ? weak : [fine('No setting in effect is known to be weak.', 'the environment')];
}

function production({ http, process }: Configuration): Observation | undefined {
  if (process.isProduction === true || isLocalHost(http.host)) return undefined;
  return warning(
    `NODE_ENV is not production, and the service listens on ${http.host}: systems may be reached unencrypted.`,
    'NODE_ENV',
    'Set NODE_ENV=production, which refuses what is not safe enough.',
  );
}

function publicAddress({ http }: Configuration): Observation | undefined {
  const where = 'PROVOST_HTTP_PUBLIC_URL';
  if (http.publicUrl === undefined) {
    if (isLocalHost(http.host)) return undefined;
    return warning(
      `The service listens on ${http.host} and does not know its own address: browsers are not told to insist on https.`,
      where,
      'Set it to the https address that people use.',
    );
  }
  const { protocol, hostname } = new URL(http.publicUrl);
  if (protocol === 'https:' || isLocalHost(hostname)) return undefined;
  return warning(
    'People reach the service over http: passwords and tokens can be read on the way.',
    where,
    'Put a proxy that speaks https before it, and name the https address.',
  );
}

function proxies({ http }: Configuration): Observation | undefined {
  const isBehindProxy = http.publicUrl?.startsWith('https:') === true;
  if (!isBehindProxy || http.trustedProxies.length > 0) return undefined;
  return warning(
    'The public address is https, so a proxy stands before the service, and none is trusted: all callers seem to have ' +
      'the one address of the proxy, and the limits on wrong logins hit all of them together.',
    'PROVOST_HTTP_TRUSTED_PROXIES',
    'Name the address or network of the proxy.',
  );
}

function embeddedDatabase({ process, database }: Configuration): Observation | undefined {
  if (process.isProduction !== true || database.url !== undefined) return undefined;
  return fault(
    'This is production on the embedded database, which is for trying out: nobody backs it up.',
    'DATABASE_URL',
    'Name a PostgreSQL server of your own.',
  );
}

function databasePassword({ database }: Configuration): Observation | undefined {
  if (database.url === undefined) return undefined;
  const { username, password, pathname } = new URL(database.url);
  const guessed = [...GUESSED_FIRST, decodeURIComponent(username), pathname.slice(1)];
  if (password === '' || !guessed.includes(decodeURIComponent(password).toLowerCase())) return undefined;
  return warning(
    'The password of the database is one that is guessed first.',
    'DATABASE_URL',
    'Give the role a random password: openssl rand -base64 18',
  );
}

function keyOfSecrets({ process, secrets }: Configuration): Observation | undefined {
  if (process.isProduction !== true || secrets.key !== undefined) return undefined;
  return warning(
    `The key of secrets lies in a file beside what it protects (${process.dataDirectory}).`,
    'PROVOST_SECRETS_KEY',
    'Keep it where backups of this machine do not reach, and give it to every node.',
  );
}

function logLevel({ logging }: Configuration): Observation | undefined {
  const where = 'PROVOST_LOGGING_LEVEL';
  if (logging.level === 'debug')
    return warning('The log is written at the level debug: it grows fast.', where, 'Set it to info.');
  if (logging.level === 'error' || logging.level === 'silent') {
    return warning(
      `The log is written at the level ${logging.level}: warnings, such as a lost database, are not in it.`,
      where,
      'Set it to info or warn.',
    );
  }
  return undefined;
}

function timeFactor({ queue }: Configuration): Observation | undefined {
  if (queue.timeFactor === 1) return undefined;
  return warning(
    `All times of the queue are multiplied by ${queue.timeFactor}, which is for tests.`,
    'PROVOST_QUEUE_TIME_FACTOR',
    'Remove it on every node.',
  );
}
