// docker-compose.yml is not run here: what can be told from its text is held against the settings.
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, loadSettings } from '../../src/platform/config/index.js';
import { settingsGroups } from '../../src/settings.js';
import { read } from './pages.js';

/** By the name of the service: its environment as the file writes it. */
type Services = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** `docker compose up` starts the first, the profile `nodes` all. */
const NODES = ['provost', 'provost-api', 'provost-worker'];
const text = read('docker-compose.yml');
const services = servicesOf(text);
const settings = settingsGroups.flatMap((group) => Object.values(group.shape));
const PLACEHOLDER = /\$\{([A-Z_]+)(?::[?-]([^}]*))?\}/g;
/** Values somebody may put into .env. */
const SAMPLE: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD: 'sampleonly1',
  LDAP_ADMIN_PASSWORD: 'sampleonly2',
  PROVOST_SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
};

describe('docker-compose.yml', () => {
  it('has the database, the directory, the mail catcher, the migration and three nodes', () => {
    expect([...services.keys()]).toEqual(['postgres', 'directory', 'mail', 'migrate', ...NODES]);
  });

  it('fills each role by two of its nodes, which share database and key', () => {
    const nodes = NODES.map((name) => services.get(name));
    const roles = nodes.flatMap((node) => (node?.get('PROVOST_ROLES') ?? 'api,worker,scheduler').split(','));
    expect(roles.toSorted()).toEqual(['api', 'api', 'scheduler', 'scheduler', 'worker', 'worker']);
    for (const name of ['DATABASE_URL', 'PROVOST_SECRETS_KEY'])
      expect(new Set(nodes.map((node) => node?.get(name))).size).toBe(1);
  });

  it('lets a node that stops end what it has in hand', () => {
    expect(text.match(/stop_grace_period: 30s/g)).toHaveLength(1);
  });

  it.each(['migrate', ...NODES])('gives %s settings that there are, with values they take', (name) => {
    const environment = Object.fromEntries(
      [...(services.get(name) ?? [])].map(([key, value]) => [key, filled(value)]),
    );
    expect(Object.keys(environment).length).toBeGreaterThan(1);
    const known = new Set(settings.flatMap(({ env, isSecret }) => (isSecret ? [env, `${env}_FILE`] : [env])));
    expect(Object.keys(environment).filter((key) => !known.has(key))).toEqual([]);
    expect(faultsOf(environment)).toEqual([]);
  });

  it('has no secret in it: each comes from .env, which must hold it', () => {
    const secrets = [...services.values()]
      .flatMap((environment) => [...environment])
      .filter(
        ([key]) => /PASSWORD|SECRET|TOKEN/.test(key) || settings.some((s) => s.env === key && s.isSecret),
      );
    expect(secrets.length).toBeGreaterThan(3);
    expect(secrets.filter(([, value]) => !/\$\{[A-Z_]+:\?[^}]+\}/.test(value))).toEqual([]);
    expect(
      [...text.matchAll(/:\/\/[^:/\s]+:([^@\s]+)@/g)].every(([, password]) => password?.startsWith('${')),
    ).toBe(true);
  });

  it('takes nothing from .env that .env.example does not name', () => {
    const named = [...read('.env.example').matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name);
    const used = [...text.matchAll(PLACEHOLDER)].map(([, name]) => name);
    expect(used.filter((name) => !named.includes(name))).toEqual([]);
  });
});

describe('the Dockerfile', () => {
  const dockerfile = read('Dockerfile');

  it('installs without scripts, runs as a plain user, and says when it is ready', () => {
    expect(dockerfile.match(/npm ci(?! --ignore-scripts)/)).toBeNull();
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^HEALTHCHECK [\s\S]*\/readyz/m);
  });

  it('sets only settings that there are, and none that is a secret', () => {
    const set = [...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, pairs = '']) =>
      pairs.split(' ').map((pair) => pair.split('=')[0]),
    );
    const open = settings.filter(({ isSecret }) => !isSecret).map(({ env }) => env);
    expect(set.filter((name) => name !== 'NODE_ENV' && !open.includes(name ?? ''))).toEqual([]);
  });
});

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadSettings(settingsGroups, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

function filled(value: string): string {
  return value.replaceAll(
    PLACEHOLDER,
    (_, name: string, fallback?: string) => SAMPLE[name] ?? fallback ?? '',
  );
}

/** Reads the one form the file is written in: two spaces a level, `KEY: value` beneath `environment:`, `<<` for a node's. */
function servicesOf(yaml: string): Services {
  const found = new Map<string, Map<string, string>>();
  let service: Map<string, string> | undefined;
  let anchored: Map<string, string> | undefined;
  let isInServices = false;
  let isInEnvironment = false;
  for (const line of yaml.split('\n')) {
    if (/^\S/.test(line)) isInServices = line === 'services:';
    if (!isInServices) continue;
    const name = /^ {2}([a-z-]+):(?: &node)?$/.exec(line)?.[1];
    if (name !== undefined) found.set(name, (service = new Map<string, string>()));
    if (/^ {4}\S/.test(line)) isInEnvironment = /^ {4}environment:(?: &settings)?$/.test(line);
    if (line === '    environment: &settings') anchored = service;
    if (line === '      <<: *settings') for (const [key, value] of anchored ?? []) service?.set(key, value);
    const pair = /^ {6}([A-Z_]+): (.+)$/.exec(line);
    if (isInEnvironment && pair) service?.set(pair[1] ?? '', (pair[2] ?? '').replace(/^(['"])(.*)\1$/, '$2'));
  }
  return found;
}
