// Every route, every role: what the document says about who may call is what the running service does.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { DiscoveryService } from '@nestjs/core';
import { grantsOf, OperatorsService, type Role, ROLES, SYSTEM_AUTHOR } from '../../src/auth/index.js';
import { routeHandlers } from '../../src/auth/route-guarding.js';
import { permissionsPage } from '../../src/permissions-page.js';
import { Database } from '../../src/platform/database/index.js';
import { allowsPermission, type Permission } from '../../src/platform/http/index.js';
import { read } from '../rules/pages.js';
import { PASSWORD } from '../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { startWholeApp, type WholeApp } from '../support/whole-app.js';

type Json = Record<string, unknown>;

interface Answer {
  readonly status: number;
  readonly body: Json;
}

interface Route {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly permission: Permission | undefined;
  readonly isPublic: boolean;
  readonly takesJson: boolean;
}

interface Caller {
  readonly name: string;
  /** Undefined for nobody. */
  readonly grants: readonly string[] | undefined;
  readonly logIn: () => Promise<string | undefined>;
  token: string | undefined;
}

const NOBODY_HAS = '00000000-0000-4000-8000-000000000000';
/** Routes after which the token they were called with is dead. */
const ENDS_THE_SESSION = new Set(['POST /api/v1/auth/logout', 'DELETE /api/v1/auth/sessions']);

/** Routes whose object is there and still not enough; what they answer then is for other specs. */
const NEEDS_MORE = new Set([
  'GET /api/v1/identities/{id}/form/{code}', // an uploaded file
  'DELETE /api/v1/identities/{id}/form/{code}',
  'GET /api/v1/systems/{id}/object-classes/{name}', // a directory that answers
  'DELETE /api/v1/systems/{id}', // no account on it
  'DELETE /api/v1/mappings/{id}',
  'DELETE /api/v1/auth/sessions/{id}', // an own session: this one is foreign, and not found
]);

let database: TestDatabase;
let whole: WholeApp;
let document: OpenAPIObject;
let routes: Route[];
let callers: Caller[];
/** By the path up to the parameter: an object there is, and one there is not. */
let objects: Record<string, { readonly existing: string; readonly absent: string }>;

async function call(method: string, path: string, token?: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${whole.url}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, body: isJson ? (JSON.parse(text) as Json) : {} };
}

const sql = <Row = Json>(text: string, values: unknown[] = []): Promise<Row[]> =>
  whole.app.get(Database).query<Row>(text, values);

async function logIn(login: string): Promise<string> {
  const { body } = await call('POST', '/api/v1/auth/login', undefined, { login, password: PASSWORD });
  return String(body['accessToken']);
}

beforeAll(async () => {
  database = await createTestDatabase();
  whole = await startWholeApp(database.url);
  document = (await (await fetch(`${whole.url}/docs-json`)).json()) as OpenAPIObject;
  routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Json>).map(([method, operation]): Route => {
      const content = (operation['requestBody'] as { content?: Json } | undefined)?.content ?? {};
      return {
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        permission: operation['x-permission'] as Permission | undefined,
        isPublic: operation['x-public'] !== undefined,
        takesJson: 'application/json' in content,
      };
    }),
  );
  callers = await makeCallers();
  objects = await makeObjects();
}, 60_000);

afterAll(async () => {
  await whole?.close();
  await database?.drop();
});

async function addOperator(login: string, ...roles: Role[]): Promise<string> {
  const request = { login, displayName: login, password: PASSWORD, roles };
  return (await whole.app.get(OperatorsService).create(request, SYSTEM_AUTHOR)).id;
}

async function makeCallers(): Promise<Caller[]> {
  // So that the one below is never the last, whatever is called.
  await addOperator('reserve', 'administrator');
  const operators = await Promise.all(
    ROLES.map(async (role): Promise<Caller> => {
      await addOperator(role, role);
      return { name: role, grants: grantsOf([role]), logIn: () => logIn(role), token: await logIn(role) };
    }),
  );
  const token = operators.find(({ name }) => name === 'administrator')?.token;
  const permissions = ['identities.read'];
  const service = await call('POST', '/api/v1/services', token, {
    login: 'robot',
    displayName: 'Robot',
    permissions,
  });
  const made = await call('POST', `/api/v1/services/${String(service.body['id'])}/keys`, token, {
    name: 'spec',
  });
  const asService = async (): Promise<string> => {
    const { body } = await call('POST', '/api/v1/auth/service-token', undefined, { key: made.body['key'] });
    return String(body['accessToken']);
  };
  return [
    { name: 'nobody', grants: undefined, logIn: async () => undefined, token: undefined },
    ...operators,
    {
      name: 'a service with identities.read',
      grants: permissions,
      logIn: asService,
      token: await asService(),
    },
  ];
}

async function makeObjects(): Promise<typeof objects> {
  const token = await logIn('reserve');
  const post = async (path: string, body?: unknown): Promise<string> => {
    const answer = await call('POST', `/api/v1/${path}`, token, body);
    expect({ path, status: answer.status, body: answer.body }).toMatchObject({ status: 201 });
    return String(answer.body['id']);
  };
  const put = async (path: string): Promise<void> => {
    expect({ path, status: (await call('PUT', `/api/v1/${path}`, token)).status }).toEqual({
      path,
      status: 204,
    });
  };
  const first = async (path: string, field = 'id'): Promise<string> => {
    const { body } = await call('GET', `/api/v1/${path}`, token);
    return String((body['items'] as Json[])[0]?.[field]);
  };
  const role = await post('roles', { code: 'staff', name: 'Staff' });
  const identity = await post('identities', { login: 'anna', givenName: 'Anna', surname: 'Nová' });
  await post('form-attributes', {
    entityType: 'identity',
    code: 'photo',
    name: 'Photo',
    type: 'attachment',
    mediaTypes: ['image/jpeg'],
    maxBytes: 1024,
  });
  const system = await post('systems', {
    name: 'Directory',
    connector: 'ldap',
    config: {
      url: 'ldap://127.0.0.1:20389',
      bindDn: 'cn=provost,dc=example,dc=org',
      baseDn: 'ou=people,dc=example,dc=org',
    },
    secrets: { password: PASSWORD },
  });
  const mapping = await post(`systems/${system}/mappings`, {
    entityType: 'identity',
    objectClass: 'inetOrgPerson',
    identifierExpression: "rdn('uid', identity.login) + ',ou=people,dc=example,dc=org'",
    attributes: [
      { attribute: 'employeeNumber', expression: 'identity.id', isCorrelation: true },
      { attribute: 'cn', expression: 'identity.surname' },
      { attribute: 'sn', expression: 'identity.surname' },
    ],
  });
  await put(`identities/${identity}/roles/${role}`);
  await put(`roles/${role}/mappings/${mapping}`);
  const [account] = await sql<{ id: string }>(
    `insert into provisioning_accounts (system_id, mapping_id, entity_type, entity_id)
     values ($1, $2, 'identity', $3) returning id::text`,
    [system, mapping, identity],
  );
  const schedule = await first('schedules', 'name');
  const run = await post(`schedules/${schedule}/runs`);
  const operator = await addOperator('somebody', 'auditor');
  const service = await post('services', {
    login: 'other',
    displayName: 'Other',
    permissions: ['queue.read'],
  });
  const key = await post(`services/${service}/keys`, { name: 'spec' });
  await logIn('somebody');
  const [session] = await sql<{ id: string }>('select id from auth_sessions where operator_id = $1', [
    operator,
  ]);
  const [target] = await sql<{ id: string }>(
    `update queue_targets set hold = 'maintenance', held_at = now() where name = 'system:Directory' returning id::text`,
  );
  const [group] = await sql<{ id: string }>(
    `insert into queue_groups (subject, actor) values ('a change', 'local:reserve') returning id::text`,
  );
  const uuid = (existing: string): { existing: string; absent: string } => ({ existing, absent: NOBODY_HAS });
  return {
    '/api/v1/accounts/{id}': { existing: account?.id ?? '', absent: '999999999' },
    '/api/v1/audit/{id}': { existing: await first('audit'), absent: '999999999' },
    '/api/v1/auth/sessions/{id}': uuid(session?.id ?? ''),
    '/api/v1/groups/{id}': { existing: group?.id ?? '', absent: '999999999' },
    '/api/v1/identities/{id}': uuid(identity),
    '/api/v1/identities/{id}/form/{code}': { existing: 'photo', absent: 'nothing' },
    '/api/v1/identities/{id}/roles/{roleId}': uuid(role),
    '/api/v1/mappings/{id}': uuid(mapping),
    '/api/v1/operations/{id}': { existing: await first('operations'), absent: 'o999999999-1' },
    '/api/v1/operators/{id}': uuid(operator),
    '/api/v1/roles/{id}': uuid(role),
    '/api/v1/roles/{roleId}': uuid(role),
    '/api/v1/roles/{roleId}/mappings/{mappingId}': uuid(mapping),
    '/api/v1/schedules/{name}': { existing: schedule, absent: 'NoSuchSchedule' },
    '/api/v1/schedules/{name}/runs/{id}': uuid(run),
    '/api/v1/services/{id}': uuid(service),
    '/api/v1/services/{id}/keys/{keyId}': uuid(key),
    '/api/v1/systems/{id}': uuid(system),
    '/api/v1/targets/{id}': { existing: target?.id ?? '', absent: '999999999' },
    '/api/v1/systems/{id}/object-classes/{name}': { existing: 'inetOrgPerson', absent: 'nothing' },
    '/problems/{module}': { existing: 'http', absent: 'nothing' },
    '/problems/{module}/{kind}': { existing: 'not-found', absent: 'nothing' },
  };
}

type Which = 'existing' | 'absent';

/** The path with its parameters filled in; an absent object is absent at the first of them. */
function fill(path: string, which: Which): string {
  let isFirst = true;
  return path.replaceAll(/\{\w+\}/g, (parameter, at: number) => {
    const prefix = path.slice(0, at + parameter.length);
    const object = objects[prefix];
    if (object === undefined) throw new Error(`Which object is meant by ${prefix}? Add one to this spec.`);
    const value = isFirst ? object[which] : object.existing;
    isFirst = false;
    return value;
  });
}

const mayCall = ({ permission, isPublic }: Route, { grants }: Caller): boolean => {
  if (isPublic) return true;
  if (grants === undefined) return false;
  return permission === undefined || allowsPermission(grants, permission);
};

interface Called {
  readonly route: string;
  readonly caller: string;
  readonly which: Which;
  readonly status: number;
}

/** Calls what `isMeant` names, on an object there is and one there is not. */
async function callAll(
  all: readonly Route[],
  isMeant: (route: Route, caller: Caller) => boolean,
): Promise<Called[]> {
  const called: Called[] = [];
  for (const route of all) {
    for (const caller of callers.filter((one) => isMeant(route, one))) {
      for (const which of route.path.includes('{')
        ? (['absent', 'existing'] as const)
        : (['existing'] as const)) {
        const body = route.takesJson ? {} : undefined;
        const { status } = await call(route.method, fill(route.path, which), caller.token, body);
        called.push({ route: route.name, caller: caller.name, which, status });
        if (ENDS_THE_SESSION.has(route.name)) caller.token = await caller.logIn();
      }
    }
  }
  return called;
}

/** What deletes comes last: what the others are called on must be there. */
const lastDeletes = (all: readonly Route[]): Route[] => [
  ...all.filter(({ method }) => method !== 'DELETE'),
  ...all
    .filter(({ method }) => method === 'DELETE')
    .toSorted((one, other) => other.path.length - one.path.length),
];

describe('the permissions', () => {
  it('are asked for by every route there is: none is missing in the document', () => {
    const handlers = routeHandlers(whole.app.get(DiscoveryService, { strict: false }));
    expect(routes.length).toBe(handlers.length);
    expect(routes.length).toBeGreaterThan(80);
    expect(callers.map(({ name }) => name)).toEqual(['nobody', ...ROLES, 'a service with identities.read']);
  });

  it('know an object for every route, one that exists and one that does not', () => {
    for (const { path } of routes) {
      for (const which of ['existing', 'absent'] as const) {
        expect({ path, filled: fill(path, which) }).not.toMatchObject({
          filled: expect.stringMatching(/[{}]|undefined|\/\//),
        });
      }
    }
  });

  it('keep out whoever has none, whether the object exists or not, and nothing changes', async () => {
    const count = async (): Promise<unknown> => (await sql('select count(*) from audit_records'))[0];
    const before = await count();
    const called = await callAll(routes, (route, caller) => !mayCall(route, caller));
    const wrong = called.filter(({ caller, status }) => status !== (caller === 'nobody' ? 401 : 403));
    expect(wrong).toEqual([]);
    // Each route that is not public keeps somebody out.
    const guarded = routes.filter(({ isPublic }) => !isPublic).map(({ name }) => name);
    expect(new Set(called.map(({ route }) => route))).toEqual(new Set(guarded));
    expect(await count()).toEqual(before);
  }, 120_000);

  it('let in whoever has one, and every route lets somebody in', async () => {
    const called = await callAll(lastDeletes(routes), mayCall);
    expect(called.filter(({ status }) => status === 401 || status === 403 || status === 500)).toEqual([]);
    expect(new Set(called.map(({ route }) => route))).toEqual(new Set(routes.map(({ name }) => name)));
    const unexpected = called.filter(
      ({ route, which, status }) =>
        which === 'absent' && /^(GET|DELETE) \/api\//.test(route) && status !== 404,
    );
    expect(unexpected).toEqual([]);
    // And what is there is found: the refusals above were not because of that.
    const found = called.filter(({ which, status }) => which === 'existing' && status < 300);
    expect(
      called.filter(({ route, status }) => route === 'DELETE /api/v1/auth/sessions/{id}' && status !== 404),
    ).toEqual([]);
    const readable = routes.filter(({ name }) => name.startsWith('GET /api/') && !NEEDS_MORE.has(name));
    expect(
      readable.map(({ name }) => name).filter((name) => !found.some(({ route }) => route === name)),
    ).toEqual([]);
    const deletable = routes.filter(({ name }) => name.startsWith('DELETE /api/') && !NEEDS_MORE.has(name));
    expect(
      deletable.map(({ name }) => name).filter((name) => !found.some(({ route }) => route === name)),
    ).toEqual([]);
  }, 120_000);

  it('of an operator are to read all but what says who may do and did what', () => {
    const reads = routes.flatMap(({ permission }) =>
      permission?.endsWith('.read') === true ? [permission] : [],
    );
    const grants = grantsOf(['operator']);
    const kept = [...new Set(reads)].filter((permission) => !allowsPermission(grants, permission));
    expect(kept.sort()).toEqual(['audit.read', 'operators.read', 'services.read']);
  });

  it('that roles grant are each asked for by a route', () => {
    const asked = routes.flatMap(({ permission }) => permission ?? []);
    const isAsked = (grant: string): boolean =>
      asked.some((permission) => allowsPermission([grant], permission));
    const unused = [...new Set(ROLES.flatMap((role) => grantsOf([role])))].filter((grant) => !isAsked(grant));
    // Tasks are not here yet.
    expect(unused).toEqual(['tasks.*']);
  });

  it('are written down in docs/permissions.md as they are (npm run docs:generate)', () => {
    expect(read('docs/permissions.md')).toBe(permissionsPage(document));
  });
});
