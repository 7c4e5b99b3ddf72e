// `Prefer: wait=N` on a change of the registry: the answer is the same, later, and says how far what follows is.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { describeApi } from '../../src/describe-api.js';
import { Database } from '../../src/platform/database/index.js';
import { processSettings } from '../../src/platform/config/index.js';
import {
  DurableEvents,
  Groups,
  GroupWatch,
  OperationKinds,
  type Outcome,
  QueueModule,
  QueueRuntime,
  queueSettings,
  Targets,
} from '../../src/queue/index.js';
import { registryEntities, RegistryModule } from '../../src/registry/index.js';
import { requestTo, type TestApp, type TestResponse } from '../support/http-app.js';
import { addLoggedIn, bootGuardedApp } from '../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { startWholeApp, type WholeApp } from '../support/whole-app.js';

const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';
const done: Outcome = { kind: 'executed', summary: 'done' };
const refused: Outcome = { kind: 'permanent', code: 'refused', message: 'The target refuses it.' };
const away: Outcome = { kind: 'transient', code: 'unreachable', message: 'connect ECONNREFUSED' };

interface Answer {
  readonly id: string;
  readonly login: string;
  readonly open: number;
  readonly failed: number;
  readonly total: number;
  readonly subject: string;
  readonly actor: string;
  readonly closed: string | null;
  readonly items: readonly { readonly kind: string; readonly state: string; readonly countsAs: string }[];
  readonly next: string | null;
}

interface Service {
  readonly app: TestApp;
  readonly database: Database;
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<TestResponse<Answer>>;
  readonly close: () => Promise<void>;
}

/** What the target answers. */
let outcome: Outcome = done;
let logins = 0;
const aPerson = (): object => ({ login: `person-${(logins += 1)}`, givenName: 'Anna', surname: 'Nová' });
const waiting = (seconds: number): Record<string, string> => ({ prefer: `wait=${seconds}` });

/** The registry with a subscriber that gives a target one operation for each change. */
async function start(roles: string): Promise<Service> {
  const created: TestDatabase = await createTestDatabase();
  const app = await bootGuardedApp({
    imports: [QueueModule.of({ url: created.url, poolSize: 4, statementTimeoutMs: 15_000 }), RegistryModule],
    entities: registryEntities,
    settings: [processSettings, queueSettings],
    env: { PROVOST_ROLES: roles },
    databaseUrl: created.url,
  });
  const database = app.app.get(Database);
  const targetId = await database.transact((transaction) =>
    app.app
      .get(Targets)
      .create(transaction, 'synchronous', { name: 'system:A', concurrency: 4, retryPolicy: 'default' }),
  );
  app.app.get(OperationKinds).register({
    kind: 'note',
    payload: z.strictObject({}),
    whenExhausted: 'park',
    retryGate: 'claim',
    run: async () => outcome,
  });
  app.app.get(DurableEvents).subscribe({
    name: 'follower',
    topics: ['identity', 'role'],
    seesNewestOnly: true,
    decide: async ({ id, actor }, _transaction, enqueue) => {
      enqueue({ lane: `note:${id}`, targetId, kind: 'note', subject: `note ${id}`, payload: {}, actor });
      return 'one note';
    },
  });
  await app.app.get(QueueRuntime).start();
  const { accessToken: token } = await addLoggedIn(app, 'anna', 'administrator');
  return {
    app,
    database,
    call: (method, path, body, headers = {}) =>
      app.request<Answer>(method, `/api/v1${path}`, {
        token,
        headers,
        ...(body === undefined ? {} : { body }),
      }),
    close: async () => {
      await app.close();
      await created.drop();
    },
  };
}

const groupIdOf = ({ headers }: TestResponse<Answer>): string => {
  const [id] = (headers.get('provost-group') ?? '').split(';');
  if (!id || !/^\d+$/.test(id)) throw new Error(`no group in the answer: ${headers.get('provost-group')}`);
  return id;
};

const figuresOf = ({ headers }: TestResponse<Answer>): string =>
  (headers.get('provost-group') ?? '').replace(/^\d+; /, '');

beforeEach(() => {
  outcome = done;
});

describe('with a worker', () => {
  let service: Service;

  beforeAll(async () => {
    service = await start('api,worker');
  }, 60_000);

  afterAll(() => service?.close());

  const groups = async (): Promise<number> => {
    const [row] = await service.database.query<{ count: number }>('select count(*) from queue_groups');
    return row?.count ?? -1;
  };

  it('a change answers as ever once all that follows from it has ended', async () => {
    const response = await service.call('POST', '/identities', aPerson(), waiting(20));
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/api/v1/identities/${response.body.id}`);
    expect(response.headers.get('etag')).toBe('"1"');
    expect(response.headers.get('preference-applied')).toBe('wait=20');
    expect(figuresOf(response)).toBe('open=0; failed=0; total=2');
    expect(response.headers.get('link')).toBe(`</api/v1/groups/${groupIdOf(response)}>; rel="monitor"`);
    expect(response.headers.has('provost-waiting')).toBe(false);
    const { body } = await service.call('GET', `/groups/${groupIdOf(response)}`);
    expect(body).toMatchObject({
      id: groupIdOf(response),
      subject: 'POST /api/v1/identities',
      actor: 'local:anna',
      open: 0,
      failed: 0,
      total: 2,
      next: null,
    });
    expect(body.closed).not.toBeNull();
    expect(body.items.map(({ kind, state, countsAs }) => [kind, state, countsAs])).toEqual([
      ['follower', 'EXECUTED', 'done'],
      ['note', 'EXECUTED', 'done'],
    ]);
  });

  it('nothing is different without the preference, or with another one', async () => {
    const before = await groups();
    for (const headers of [{}, { prefer: 'respond-async' }, { prefer: 'wait=soon' }]) {
      const response = await service.call('POST', '/identities', aPerson(), headers);
      expect(response.status).toBe(201);
      for (const name of ['preference-applied', 'provost-group', 'provost-waiting', 'link'])
        expect(response.headers.has(name)).toBe(false);
    }
    expect(await groups()).toBe(before);
  });

  it('a change from which nothing follows says so', async () => {
    const { body: person } = await service.call('POST', '/identities', aPerson());
    const response = await service.call(
      'PATCH',
      `/identities/${person.id}`,
      { surname: 'Nová' },
      waiting(20),
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('preference-applied')).toBe('wait=20');
    expect(response.headers.get('provost-group')).toBe('none');
    expect(response.headers.has('link')).toBe(false);
  });

  it('a change that is refused makes no group', async () => {
    const before = await groups();
    const response = await service.call(
      'PATCH',
      `/identities/${UNKNOWN_ID}`,
      { surname: 'Nová' },
      waiting(20),
    );
    expect(response.status).toBe(404);
    expect(response.headers.has('preference-applied')).toBe(false);
    expect(response.headers.has('provost-group')).toBe(false);
    expect(await groups()).toBe(before);
  });

  it('says what failed, which ends the wait', async () => {
    outcome = refused;
    const response = await service.call('POST', '/identities', aPerson(), waiting(20));
    expect(response.status).toBe(201);
    expect(figuresOf(response)).toBe('open=0; failed=1; total=2');
    const { body } = await service.call('GET', `/groups/${groupIdOf(response)}`);
    expect(body.items.map(({ state, countsAs }) => [state, countsAs])).toEqual([
      ['EXECUTED', 'done'],
      ['FAILED', 'failed'],
    ]);
  });

  it('answers after the time with what is open while a system is down, and why it may stay so', async () => {
    outcome = away;
    const response = await service.call('POST', '/identities', aPerson(), waiting(1));
    expect(response.status).toBe(201);
    expect(figuresOf(response)).toBe('open=1; failed=0; total=2');
    // This installation has no scheduler.
    expect(response.headers.get('provost-waiting')).toMatch(
      /^"no living process has the role scheduler: .*"$/,
    );
  });

  it('waits 30 seconds at most, and not at all with wait=0', async () => {
    const most = await service.call('POST', '/identities', aPerson(), waiting(9_999));
    expect(most.headers.get('preference-applied')).toBe('wait=30');
    expect(figuresOf(most)).toBe('open=0; failed=0; total=2');
    outcome = away;
    const none = await service.call('POST', '/identities', aPerson(), waiting(0));
    expect(none.headers.get('preference-applied')).toBe('wait=0');
    expect(groupIdOf(none)).not.toBe(groupIdOf(most));
  });

  it('waits at every change of the registry from which work follows', async () => {
    const { body: person } = await service.call('POST', '/identities', aPerson());
    const { body: role } = await service.call('POST', '/roles', { code: 'staff', name: 'Staff' });
    const steps: [string, string, unknown?][] = [
      ['PATCH', `/identities/${person.id}`, { surname: 'Malá' }],
      ['PUT', `/identities/${person.id}/roles/${role.id}`],
      ['DELETE', `/identities/${person.id}/roles/${role.id}`],
      ['PATCH', `/roles/${role.id}`, { name: 'All staff' }],
      ['DELETE', `/identities/${person.id}`],
      ['DELETE', `/roles/${role.id}`],
    ];
    for (const [method, path, body] of steps) {
      const response = await service.call(method, path, body, waiting(20));
      expect({ method, path, status: response.status < 300, figures: figuresOf(response) }).toEqual({
        method,
        path,
        status: true,
        figures: expect.stringMatching(/^open=0; failed=0; total=\d+$/),
      });
    }
  });

  it('gives a repeat with the same Idempotency-Key the stored answer, headers and all', async () => {
    const person = aPerson();
    const headers = { ...waiting(20), 'idempotency-key': 'prefer-wait-1' };
    const first = await service.call('POST', '/identities', person, headers);
    const before = await groups();
    const again = await service.call('POST', '/identities', person, headers);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    for (const name of ['preference-applied', 'provost-group', 'link', 'location', 'etag'])
      expect([name, again.headers.get(name)]).toEqual([name, first.headers.get(name)]);
    expect(await groups()).toBe(before);
  });

  it('pages the operations of a group, and knows no other', async () => {
    const { headers } = await service.call('POST', '/identities', aPerson(), waiting(20));
    const id = groupIdOf({ headers } as TestResponse<Answer>);
    const first = await service.call('GET', `/groups/${id}?limit=1`);
    expect(first.body.items.map(({ kind }) => kind)).toEqual(['follower']);
    const second = await service.call('GET', `/groups/${id}?limit=1&after=${first.body.next}`);
    expect(second.body.items.map(({ kind }) => kind)).toEqual(['note']);
    expect(second.body.next).toBeNull();
    expect((await service.call('GET', '/groups/999999999')).status).toBe(404);
    expect((await service.call('GET', '/groups/0')).status).toBe(400);
  });

  it('goes on when the caller goes away, and waits no longer', async () => {
    outcome = away;
    const watching = jest.spyOn(service.app.app.get(GroupWatch), 'untilNothingOpen');
    const leaving = new AbortController();
    const { accessToken } = await addLoggedIn(service.app, 'ota', 'administrator');
    const request = fetch(`${service.app.url}/api/v1/identities`, {
      method: 'POST',
      headers: { ...waiting(30), 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
      body: JSON.stringify(aPerson()),
      signal: leaving.signal,
    });
    const call = await untilCalled(watching);
    leaving.abort();
    await expect(request).rejects.toThrow();
    await watching.mock.results[0]?.value;
    expect(call[2].aborted).toBe(true);
    expect((await service.call('GET', `/groups/${call[0]}`)).status).toBe(200);
  });

  it('answers with the change although nobody can say how far the rest is', async () => {
    const counting = jest
      .spyOn(service.app.app.get(Groups), 'counts')
      .mockRejectedValue(new Error('Connection terminated unexpectedly'));
    const response = await service.call('POST', '/identities', aPerson(), waiting(1));
    expect(counting).toHaveBeenCalled();
    expect(response.status).toBe(201);
    expect(response.headers.get('provost-group')).toBe(groupIdOf(response));
    expect(response.headers.get('link')).toContain(`/api/v1/groups/${groupIdOf(response)}`);
  });
});

afterEach(() => {
  jest.restoreAllMocks();
});

type Watching = jest.SpiedFunction<GroupWatch['untilNothingOpen']>;

/** The arguments of its first call. */
async function untilCalled(watching: Watching): Promise<Parameters<GroupWatch['untilNothingOpen']>> {
  for (;;) {
    const [call] = watching.mock.calls;
    if (call) return call;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('without a worker', () => {
  let service: Service;

  beforeAll(async () => {
    service = await start('api');
  }, 60_000);

  afterAll(() => service?.close());

  it('answers after the time, and says that nobody works', async () => {
    const response = await service.call('POST', '/identities', aPerson(), waiting(1));
    expect(response.status).toBe(201);
    expect(figuresOf(response)).toBe('open=1; failed=0; total=1');
    expect(response.headers.get('provost-waiting')).toContain('no living process has the role worker');
  });

  it('answers at once when the process stops', async () => {
    const watching = jest.spyOn(service.app.app.get(GroupWatch), 'untilNothingOpen');
    const answer = service.call('POST', '/identities', aPerson(), { ...waiting(30), connection: 'close' });
    await untilCalled(watching);
    const [response] = await Promise.all([answer, service.app.close()]);
    expect(response.status).toBe(201);
    expect(figuresOf(response)).toBe('open=1; failed=0; total=1');
  });
});

describe('with an asynchronous system', () => {
  let database: TestDatabase;
  let whole: WholeApp;

  beforeAll(async () => {
    database = await createTestDatabase();
    whole = await startWholeApp(database.url);
    await whole.app.get(QueueRuntime).start();
  }, 60_000);

  afterAll(async () => {
    await whole?.close();
    await database?.drop();
  });

  it('says that the schedule which its changes wait for is paused', async () => {
    const app = { app: whole.app, url: whole.url, request: requestTo(whole.url), close: whole.close };
    const { accessToken: token } = await addLoggedIn(app, 'anna', 'administrator');
    const made = async (path: string, body: object): Promise<string> => {
      const response = await app.request<Answer>('POST', `/api/v1${path}`, { token, body });
      expect({ path, status: response.status }).toEqual({ path, status: 201 });
      return response.body.id;
    };
    const system = await made('/systems', {
      name: 'Directory',
      connector: 'ldap',
      isAsynchronous: true,
      config: {
        url: 'ldap://127.0.0.1:20389',
        bindDn: 'cn=provost,dc=example,dc=org',
        baseDn: 'dc=example,dc=org',
      },
      secrets: { password: 'of-the-directory' },
    });
    const mapping = await made(`/systems/${system}/mappings`, {
      entityType: 'identity',
      objectClass: 'inetOrgPerson',
      identifierExpression: "rdn('uid', identity.login) + ',dc=example,dc=org'",
      attributes: [{ attribute: 'employeeNumber', expression: 'identity.id', isCorrelation: true }],
    });
    const role = await made('/roles', { code: 'staff', name: 'Staff' });
    await app.request('PUT', `/api/v1/roles/${role}/mappings/${mapping}`, { token });
    await app.request('PATCH', '/api/v1/schedules/ProvisioningQueueTaskExecutor', {
      token,
      body: { isPaused: true },
    });
    const response = await app.request<Answer>('POST', '/api/v1/identities', {
      token,
      headers: waiting(2),
      body: { ...aPerson(), roles: ['staff'] },
    });
    expect(response.status).toBe(201);
    expect(figuresOf(response)).toBe('open=1; failed=0; total=2');
    expect(response.headers.get('provost-waiting')).toContain('ProvisioningQueueTaskExecutor is paused');
  });
});

describe('the API document', () => {
  it('says of these changes what they take and answer', async () => {
    const { paths } = await describeApi();
    const waited = Object.values(paths)
      .flatMap((methods) => Object.values(methods as Record<string, Record<string, unknown>>))
      .filter((operation) => operation['x-waits-for-what-follows'] === true);
    expect(
      waited.map(({ operationId }) => String(operationId)).toSorted((one, other) => one.localeCompare(other)),
    ).toEqual([
      'assignRole',
      'clearFormValue',
      'createIdentity',
      'createRole',
      'deleteIdentity',
      'deleteRole',
      'putFormValue',
      'unassignRole',
      'updateIdentity',
      'updateRole',
    ]);
    for (const { parameters, responses } of waited) {
      expect(parameters).toContainEqual(expect.objectContaining({ name: 'Prefer', in: 'header' }));
      const [answer] = Object.entries(responses as Record<string, unknown>).filter(
        ([status]) => status < '300',
      );
      expect(answer?.[1]).toMatchObject({
        headers: {
          'Preference-Applied': {},
          'Provost-Group': {},
          'Provost-Waiting': {},
          Link: {},
        },
      });
    }
  });
});
