// Uses the service as people and programs do, and as they should not; every secret goes where it is asked for once.
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from '../../../src/embedded/process/index.js';
import {
  type ApiDocument,
  type ApiOperation,
  isSecretField,
  operationsOf,
  withSecrets,
} from './api-operations.js';
import type { CanaryCaller } from './canary-caller.js';
import { ADMIN_DN, type Installation, PEOPLE } from './canary-installation.js';
import { canaries, secret } from './canary-secrets.js';

export const LOGIN = 'first';

/** @returns the operations that the document names, each of which was called */
export async function useService(
  api: CanaryCaller,
  installation: Installation,
): Promise<readonly ApiOperation[]> {
  const document = await api.call('GET', '/docs-json');
  const operations = operationsOf(document.body as unknown as ApiDocument);
  await setUp(api, canaries.add('setup token', installation.setupToken));
  const session = await logIn(api, LOGIN, secret.first);
  await useSystems(api, session.accessToken, installation);
  await useServiceKeys(api, session.accessToken);
  await misuseLogins(api, session);
  await useEveryOperation(api, operations);
  return operations;
}

async function setUp(api: CanaryCaller, token: string): Promise<void> {
  const setup = { login: LOGIN, password: secret.first };
  const path = '/api/v1/auth/setup';
  await api.call('POST', path, { body: { ...setup, token: `${token.slice(0, -1)}_` } });
  await api.call('POST', path, { body: { ...setup, token } });
}

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
}

async function logIn(api: CanaryCaller, login: string, password: string): Promise<Session> {
  const { status, body } = await api.call('POST', '/api/v1/auth/login', { body: { login, password } });
  if (status !== 200) throw new Error(`The login of ${login} answered ${status}: ${JSON.stringify(body)}`);
  return { accessToken: String(body['accessToken']), refreshToken: String(body['refreshToken']) };
}

/** Systems that work, that refuse our password, and that are not there; and work that fails for each reason. */
async function useSystems(api: CanaryCaller, token: string, installation: Installation): Promise<void> {
  const { directoryPort, tableUrl } = installation;
  const nobody = await freePort();
  const directory = (port: number): Record<string, unknown> => ({
    url: `ldap://127.0.0.1:${port}`,
    bindDn: ADMIN_DN,
    baseDn: PEOPLE,
  });
  const database = {
    host: '127.0.0.1',
    port: Number(tableUrl.port),
    database: tableUrl.pathname.slice(1),
    user: tableUrl.username,
    table: 'people',
    keyColumn: 'login',
  };
  const systems = [
    { name: 'Directory', connector: 'ldap', config: directory(directoryPort), password: secret.directory },
    {
      name: 'Refusing directory',
      connector: 'ldap',
      config: directory(directoryPort),
      password: secret.wrongDirectory,
    },
    {
      name: 'Absent directory',
      connector: 'ldap',
      config: directory(nobody),
      password: secret.wrongDirectory,
    },
    { name: 'Database', connector: 'sql', config: database, password: secret.table },
    { name: 'Refusing database', connector: 'sql', config: database, password: secret.wrongTable },
    {
      name: 'Absent database',
      connector: 'sql',
      config: { ...database, port: nobody },
      password: secret.wrongTable,
    },
  ];
  const post = (path: string, body: unknown, headers = {}): ReturnType<CanaryCaller['call']> =>
    api.call('POST', path, { token, body, headers });
  const role = await post('/api/v1/roles', { code: 'employee', name: 'Employee' });
  for (const { password, ...system } of systems) {
    const created = await post('/api/v1/systems', { ...system, secrets: { password } });
    const path = `/api/v1/systems/${String(created.body['id'])}`;
    await post(`${path}/test`, {});
    const isDirectory = system.connector === 'ldap';
    const mapping = await post(`${path}/mappings`, {
      entityType: 'identity',
      objectClass: isDirectory ? 'inetOrgPerson' : 'people',
      identifierExpression: isDirectory ? `rdn('uid', identity.login) + ',${PEOPLE}'` : 'identity.login',
      attributes: isDirectory
        ? [
            { attribute: 'cn', expression: 'identity.login' },
            { attribute: 'sn', expression: 'identity.surname' },
          ]
        : [{ attribute: 'surname', expression: 'identity.surname' }],
    });
    await api.call('PUT', `/api/v1/roles/${String(role.body['id'])}/mappings/${String(mapping.body['id'])}`, {
      token,
    });
  }
  const again = {
    ...systems[0],
    password: undefined,
    name: 'Repeated',
    secrets: { password: secret.repeated },
  };
  const headers = { 'idempotency-key': randomUUID() };
  const repeated = await post('/api/v1/systems', again, headers);
  await post('/api/v1/systems', again, headers);
  await post('/api/v1/systems', { ...again, name: 'Otherwise' }, headers);
  await api.call('PATCH', `/api/v1/systems/${String(repeated.body['id'])}`, {
    token,
    body: { secrets: { password: secret.changed } },
  });
  await post('/api/v1/form-attributes', {
    entityType: 'identity',
    code: 'photo',
    name: 'Photo',
    type: 'attachment',
    mediaTypes: ['image/jpeg'],
  });
  const person = { login: 'grace', givenName: 'Grace', surname: 'Hopper', roles: ['employee'] };
  await post('/api/v1/identities', person);
  // The one who logs in by the directory.
  await post('/api/v1/identities', { login: 'ada', givenName: 'Ada', surname: 'Lovelace' });
  // Until each system has been tried, those that refuse and those that are absent too.
  while ((await triedCount(installation.ownerUrl)) < systems.length) await delay(50);
}

/** A program with a key: made, used, used wrongly. */
async function useServiceKeys(api: CanaryCaller, token: string): Promise<void> {
  const login = { login: 'robot', displayName: 'Robot', permissions: ['identities.read'] };
  const made = await api.call('POST', '/api/v1/services', { token, body: login });
  const path = `/api/v1/services/${String(made.body['id'])}/keys`;
  const headers = { 'idempotency-key': randomUUID() };
  const request = { token, headers, body: { name: 'host a', expiresInDays: 30 } };
  const { body } = await api.call('POST', path, request);
  await api.call('POST', path, request);
  const key = String(body['key']);
  const given = await api.call('POST', '/api/v1/auth/service-token', { body: { key } });
  await api.call('GET', '/api/v1/identities', { token: String(given.body['accessToken']) });
  await api.call('GET', '/api/v1/audit', { token: String(given.body['accessToken']) });
  const wrong = canaries.add(
    'key of a service with another end',
    `${key.slice(0, -24)}${randomBytes(12).toString('hex')}`,
  );
  await api.call('POST', '/api/v1/auth/service-token', { body: { key: wrong } });
}

/** Targets of which an operation was attempted. */
async function triedCount(ownerUrl: string): Promise<number> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { rows: counted } = await client.query<{ n: string }>(
      `select count(distinct l.target_id) as n
       from queue_lanes l
       join queue_targets t on t.id = l.target_id and t.name like 'system:%'
       join (select lane_id from queue_archive union all select lane_id from queue_operations where attempts > 0) o
         on o.lane_id = l.id`,
    );
    return Number(counted[0]?.n);
  } finally {
    await client.end();
  }
}

/** Wrong passwords, passwords in the wrong field, tokens that are none, were changed, or come twice. */
async function misuseLogins(api: CanaryCaller, { refreshToken }: Session): Promise<void> {
  const logins = [
    { login: LOGIN, password: secret.wrong },
    { login: secret.asLogin, password: secret.wrong },
    { login: 'ada', password: secret.person, realm: 'identity' },
    { login: 'ada', password: secret.wrong, realm: 'identity' },
    { login: 'backup', password: secret.dsa, realm: 'dsa' },
    { login: 'backup', password: secret.wrong, realm: 'dsa' },
    { login: secret.asLogin, password: secret.wrong, realm: 'identity' },
    { login: secret.asLogin, password: secret.wrong, realm: 'dsa' },
    { login: LOGIN, password: secret.wrong, realm: secret.asLogin },
  ];
  for (const body of logins) await api.call('POST', '/api/v1/auth/login', { body });
  const refresh = async (token: string): Promise<string> => {
    const { status, body } = await api.call('POST', '/api/v1/auth/refresh', {
      body: { refreshToken: token },
    });
    return status === 200 ? String(body['refreshToken']) : `refused with ${status}`;
  };
  await refresh(await refresh(await refresh(refreshToken)));
  // Three generations old: it is in two hands, and the session ends.
  await refresh(refreshToken);
}

/** Every operation: by nobody, by somebody with a wrong credential, with wrong bodies, and at last as it is meant. */
async function useEveryOperation(api: CanaryCaller, operations: readonly ApiOperation[]): Promise<void> {
  let { accessToken } = await logIn(api, LOGIN, secret.first);
  for (const operation of operations) {
    const { status } = await api.call('GET', '/api/v1/auth/me', { token: accessToken });
    // The one before was a logout, perhaps.
    if (status === 401) ({ accessToken } = await logIn(api, LOGIN, secret.first));
    const { id, method, contentType, example } = operation;
    const path = await pathOf(api, operation, accessToken);
    const plant = (what: string): string => canaries.plantPlain(`${what} of ${id}`);
    for (const authorization of [
      '',
      `Bearer ${plant('token that is none')}`,
      `Basic ${Buffer.from(`${LOGIN}:${plant('password of HTTP Basic')}`).toString('base64')}`,
      `Bearer ${canaries.add(`forged token of ${id}`, forge(accessToken))}`,
    ])
      await api.call(method, path, authorization === '' ? {} : { headers: { authorization } });
    await api.call('GET', `${path}?access_token=${plant('token in the query')}`, { token: accessToken });
    if (['POST', 'PUT', 'PATCH'].includes(method))
      for (const wrong of wrongBodies(example, (what) => canaries.plant(`${what} of ${id}`)))
        await api.call(method, path, { token: accessToken, ...wrong });
    const other = randomBytes(3).toString('hex');
    const body =
      contentType === undefined
        ? undefined
        : contentType === 'application/json'
          ? withSecrets(example, (field) => canaries.plant(`${field} of ${id}`), other)
          : Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff, 0xd9]);
    await api.call(method, path, {
      token: accessToken,
      body,
      contentType,
      headers: method === 'POST' ? { 'idempotency-key': randomUUID() } : {},
    });
  }
}

/** A token with another signature. */
function forge(token: string): string {
  const [head = '', claims = ''] = token.split('.');
  return `${head}.${claims}.${randomBytes(64).toString('base64url')}`;
}

interface WrongBody {
  readonly body: unknown;
  readonly contentType?: string;
}

/** What people and programs send by mistake where a secret is asked for, or beside what is asked for. */
function wrongBodies(example: unknown, plant: (what: string) => string): WrongBody[] {
  const wrapped = (what: string, wrap: (value: string) => unknown): WrongBody => {
    const value = plant(what);
    const body = withSecrets(example, () => wrap(value), randomUUID().slice(0, 6));
    return { body: Object.keys(body).some(isSecretField) ? body : { ...body, password: wrap(value) } };
  };
  return [
    wrapped('secret in a list', (value) => [value]),
    wrapped('secret in an object', (value) => ({ value })),
    wrapped('secret that is too long', (value) => value.repeat(200)),
    wrapped('secret with a line break', (value) => `${value}\n`),
    { body: JSON.stringify(plant('secret as the whole body')) },
    { body: [plant('secret in a list that is the body')] },
    // The parser's own words repeat what it could not read.
    { body: `{"password": ${plant('secret without quotes')}}` },
    { body: `{"password":"${plant('secret in a body that breaks off').replaceAll(/["\\]/g, '')}` },
    { body: `password=${plant('secret in a form')}`, contentType: 'application/x-www-form-urlencoded' },
    { body: plant('secret in plain text'), contentType: 'text/plain' },
  ];
}

/** Parameters of paths that no list tells. */
const MADE_UP: Readonly<Record<string, string>> = { code: 'photo', module: 'http', kind: 'not-found' };

/** What no list names; the first that somebody waited for. */
const UNLISTED: Readonly<Record<string, string>> = { '/api/v1/groups': '1' };

/** The path with parameters of what there is; made up where there is nothing. */
async function pathOf(api: CanaryCaller, { path }: ApiOperation, token: string): Promise<string> {
  let given = '';
  for (const part of path.split('/').slice(1)) {
    const parameter = /^\{(.+)\}$/.exec(part)?.[1];
    if (parameter === undefined) {
      given += `/${part}`;
      continue;
    }
    const { body } = await api.call('GET', `${given}?limit=1`, { token });
    const list = body['items'] ?? body['keys'];
    const item = (Array.isArray(list) ? (list[0] ?? {}) : {}) as Record<string, string>;
    given += `/${item[parameter] ?? item['id'] ?? item['name'] ?? item['code'] ?? UNLISTED[given] ?? MADE_UP[parameter] ?? randomUUID()}`;
  }
  return given;
}
