// The doctor over HTTP and by the client, at an installation where several things are wrong.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { freePort } from '../../src/embedded/process/index.js';
import { OperatorsService, type Role, SYSTEM_AUTHOR } from '../../src/auth/index.js';
import type { DoctorReport } from '../../src/doctor/doctor.schema.js';
import { Database } from '../../src/platform/database/index.js';
import { SystemsService } from '../../src/provisioning/index.js';
import { QueueRuntime } from '../../src/queue/index.js';
import { read, tableRows } from '../rules/pages.js';
import { runClient } from '../support/client.js';
import { type TestApp, requestTo } from '../support/http-app.js';
import { PASSWORD } from '../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { startWholeApp, type WholeApp } from '../support/whole-app.js';

const TICK = 'ProvisioningQueueTaskExecutor';

let created: TestDatabase;
let service: WholeApp;
let request: TestApp['request'];
let report: DoctorReport;

beforeAll(async () => {
  created = await createTestDatabase();
  service = await startWholeApp(created.url, { PROVOST_LOGGING_LEVEL: 'debug', PROVOST_ROLES: 'api,worker' });
  request = requestTo(service.url);
  await addOperator('admin', 'administrator');
  await addOperator('anna', 'approver');
  await breakThings();
  await service.app.get(QueueRuntime).start();
  // The worker has registered.
  while ((await request('GET', '/readyz')).status !== 200) await nextTurn();
  const { status, body } = await request<DoctorReport>('GET', '/api/v1/doctor', {
    token: await logIn('admin'),
  });
  expect(status).toBe(200);
  report = body;
}, 60_000);

afterAll(async () => {
  await service?.close();
  await created?.drop();
});

async function breakThings(): Promise<void> {
  const database = service.app.get(Database);
  const actor = { name: 'local:admin', requestId: null };
  const freed = await freePort();
  await service.app.get(SystemsService).create(actor, {
    name: 'Directory',
    connector: 'ldap',
    // Nobody listens there.
    config: {
      url: `ldap://127.0.0.1:${freed}`,
      bindDn: 'cn=provost,dc=example,dc=org',
      baseDn: 'dc=example,dc=org',
    },
    secrets: { password: 'a password' },
    isAsynchronous: true,
  });
  await database.query('update schedule_entries set is_paused = true where name = $1', [TICK]);
  await database.query(
    `insert into queue_targets (name, hold, hold_reason, held_at) values ('held', 'maintenance', 'new disks', now())`,
  );
  await database.query(
    `insert into queue_lanes (key, target_id, shard, state, tail_seq) values ('stuck', 1, 0, 'parked', 1)`,
  );
}

async function addOperator(login: string, ...roles: Role[]): Promise<void> {
  const values = { login, displayName: login, password: PASSWORD, roles };
  await service.app.get(OperatorsService).create(values, SYSTEM_AUTHOR);
}

async function logIn(login: string): Promise<string> {
  const { body } = await request('POST', '/api/v1/auth/login', { body: { login, password: PASSWORD } });
  return String(body['accessToken']);
}

function findingsAbout(area: string): string[] {
  return report.findings.flatMap((finding) =>
    finding.area === area ? [`${finding.level}: ${finding.where}: ${finding.what}`] : [],
  );
}

describe('the doctor', () => {
  it('answers whoever may read it, and nobody else', async () => {
    expect((await request('GET', '/api/v1/doctor')).status).toBe(401);
    expect((await request('GET', '/api/v1/doctor', { token: await logIn('anna') })).status).toBe(403);
  });

  it('tells what is wrong in every area, where, and what to do', () => {
    expect(report.level).toBe('error');
    expect(findingsAbout('configuration')).toContainEqual(
      expect.stringMatching(/^warning: PROVOST_LOGGING_LEVEL: /),
    );
    expect(findingsAbout('clock')).toEqual([expect.stringMatching(/^ok: /)]);
    expect(findingsAbout('systems')).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^error: system Directory: It does not let Provost in: /),
        expect.stringMatching(/^warning: held \(target \d+\): It is held: maintenance \(new disks\)/),
      ]),
    );
    expect(findingsAbout('nodes')).toEqual([expect.stringMatching(/^error: role scheduler: /)]);
    expect(findingsAbout('schedules')).toEqual([
      `error: schedule ${TICK}: It is paused, so changes for asynchronous systems wait.`,
      `warning: schedule ${TICK}: It is paused and does not fire.`,
    ]);
    expect(findingsAbout('queue')).toEqual([
      expect.stringMatching(/^error: database \(target 1\): Lanes that wait for a person: 1/),
    ]);
    expect(report.findings.filter(({ level, whatToDo }) => level !== 'ok' && !whatToDo)).toEqual([]);
  });

  it('tells what is well too', () => {
    expect(findingsAbout('database')).toEqual(
      expect.arrayContaining([
        'ok: the schema: It is the one of this version.',
        expect.stringMatching(/^ok: wake-ups/),
        expect.stringMatching(/^ok: partitions/),
      ]),
    );
    expect(findingsAbout('logins')).toContainEqual(expect.stringMatching(/^ok: /));
    expect(findingsAbout('audit')).toEqual([expect.stringMatching(/^ok: /)]);
  });

  it('shows no secret', () => {
    expect(JSON.stringify(report)).not.toContain('a password');
    expect(JSON.stringify(report)).not.toContain(new URL(created.url).password || '\u0000');
  });

  it('is asked by the client, which ends as badly as the worst finding is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'provost-doctor-'));
    try {
      const options = { folder, server: service.url };
      await runClient(['login', '--login', 'admin'], { ...options, input: PASSWORD });
      const ran = await runClient(['doctor'], options);
      expect(ran).toMatchObject({ code: 1, err: '' });
      expect(ran.out).toContain(`provost schedule resume ${TICK}`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is not needed to see that a schedule is paused: the probe and the figures say so', async () => {
    const { body } = await request<{ warnings: Record<string, string> }>('GET', '/readyz');
    expect(body.warnings['schedules']).toContain(`${TICK} is paused`);
    const { body: figures } = await request<string>('GET', '/metrics');
    expect(figures).toContain(`provost_schedule_enabled{name="${TICK}"} 0`);
    expect(figures).toContain('provost_schedule_enabled{name="RetryProvisioningTaskExecutor"} 1');
  });

  it('has every figure that docs/metrics.md names, and no other of its own', async () => {
    const { body } = await request<string>('GET', '/metrics');
    const told = [...body.matchAll(/^# TYPE (provost_\S+) (\S+)$/gm)].map(
      ([, name, type]) => `${name} ${type}`,
    );
    const named = tableRows(read('docs/metrics.md')).flatMap(([name = '', type = '']) =>
      name.startsWith('`provost_') ? [`${name.replaceAll('`', '')} ${type}`] : [],
    );
    expect(told.toSorted()).toEqual(named.toSorted());
  });
});
