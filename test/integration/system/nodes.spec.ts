// Several nodes on one database: work accepted at one is done by another, and what a lost one did is done by the rest.
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureBuilt } from '../../../scripts/project.mjs';
import { Installation, type Node, until } from '../../support/installation.js';
import { PASSWORD } from '../../support/operators.js';
import { createTestDatabase } from '../../support/postgres.js';

describe('several nodes', () => {
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(() => ensureBuilt());
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function anInstallation(): Promise<Installation> {
    const database = await createTestDatabase();
    closing.push(database.drop);
    const installation = await Installation.start(database.url);
    closing.push(() => installation.close());
    return installation;
  }

  async function hire(node: Node, login: string): Promise<number> {
    const { body } = await node.request('POST', '/api/v1/auth/login', {
      body: { login: 'admin', password: PASSWORD },
    });
    const identity = { login, givenName: 'New', surname: 'Here', roles: ['employee'] };
    const answer = await node.request('POST', '/api/v1/identities', {
      token: String(body.accessToken),
      body: identity,
    });
    return answer.status;
  }

  it('execute on the worker what was accepted on the API, and say when a role has nobody', async () => {
    const installation = await anInstallation();
    const api = installation.node({ PROVOST_ROLES: 'api' });
    expect(await hire(api, 'anna')).toBe(201);
    const alone = await api.readiness();
    expect(alone.status).toBe(200);
    expect(alone.body.warnings).toEqual({
      worker: expect.stringContaining('wait in the queue'),
      scheduler: expect.stringContaining('no schedule fires'),
    });
    expect((await installation.table.writes()).size).toBe(0);

    const worker = installation.node({ PROVOST_ROLES: 'worker' });
    const scheduler = installation.node({ PROVOST_ROLES: 'scheduler' });
    await installation.settled();
    expect(await installation.table.writes()).toEqual(new Map([['anna', ['Here']]]));
    expect((await worker.request('GET', '/api/v1/identities')).status).toBe(404);
    await until(async () => Object.keys((await api.readiness()).body.warnings).length === 0);

    await worker.kill('SIGKILL');
    await scheduler.kill('SIGTERM');
    await until(async () => Object.keys((await api.readiness()).body.warnings).length === 2);
    const { body: metrics } = await api.request<string>('GET', '/metrics');
    expect(metrics).toContain('provost_nodes{role="api"} 1');
    expect(metrics).toContain('provost_nodes{role="worker"} 0');
    expect((await api.readiness()).status).toBe(200);
  }, 120_000);

  it('take over the lanes of one that was killed, look before they send, and send nothing twice', async () => {
    const installation = await anInstallation();
    const { table } = installation;
    await installation.change(10, 2);
    const letThemHappen = await table.blockWrites();
    const killed = installation.node({ PROVOST_ROLES: 'worker' });
    await until(async () => (await installation.count(`queue_operations where state = 'RUNNING'`)) > 1);
    await killed.kill('SIGKILL');
    await letThemHappen();
    installation.node({ PROVOST_ROLES: 'worker,scheduler' });
    await installation.settled();

    expect(await installation.count(`queue_attempts where outcome = 'crashed'`)).toBeGreaterThan(1);
    const writes = await table.writes();
    expect(writes.size).toBe(10);
    for (const surnames of writes.values()) {
      expect(surnames).toEqual([...new Set(surnames)].sort());
      expect(surnames.at(-1)).toBe('s1');
    }
    expect(
      await installation.count(
        '(select from queue_archive group by lane_id, seq having count(*) > 1) as twice',
      ),
    ).toBe(0);
  }, 120_000);

  it('go on with the schedules of a scheduler that was killed', async () => {
    const installation = await anInstallation();
    const runsOf = (node: Node): Promise<number> =>
      installation.count(
        `schedule_runs where node like '%:${node.process.pid}' and trigger = 'slot' and outcome = 'succeeded'`,
      );
    const first = installation.node({ PROVOST_ROLES: 'scheduler' });
    await until(async () => (await runsOf(first)) > 0);
    const second = installation.node({ PROVOST_ROLES: 'scheduler' });
    await second.says('"msg":"serving"');
    await first.kill('SIGKILL');
    const done = await runsOf(first);
    await until(async () => (await runsOf(second)) > 1);
    expect(await runsOf(first)).toBe(done);
  }, 120_000);
});
