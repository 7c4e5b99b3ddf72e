// The service as a process: killed in the middle of its work, started again, stopped in good order, started wrongly.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createEmptyDatabase, createTestDatabase } from '../../support/postgres.js';
import {
  actor,
  directoryMapping,
  directorySystem,
  TestDirectory,
} from '../../support/provisioning-bundle.js';
import { startServiceProcess, type ServiceProcess } from '../../support/service-process.js';
import { startWholeApp } from '../../support/whole-app.js';
import { MappingsService, RoleMappingsService, SystemsService } from '../../../src/provisioning/index.js';
import { IdentitiesService, RolesService } from '../../../src/registry/index.js';
import { ensureBuilt } from '../../../scripts/project.mjs';

const PEOPLE = 150;
const CHANGES = 2;

describe('the service as a process', () => {
  const closing: (() => Promise<unknown> | void)[] = [];

  beforeAll(() => ensureBuilt());
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  function aFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'provost-service-'));
    closing.push(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  function aService(env: Record<string, string>): ServiceProcess {
    const service = startServiceProcess({ PORT: '0', PROVOST_DATA: aFolder(), ...env });
    closing.push(async () => {
      if (service.process.exitCode === null && service.process.signalCode === null)
        await service.kill('SIGKILL');
    });
    return service;
  }

  it('loses nothing, repeats nothing and keeps the order when it is killed while it works', async () => {
    const database = await createTestDatabase();
    closing.push(database.drop);
    const directory = await TestDirectory.start();
    closing.push(() => directory.remove());
    const key = randomBytes(32);
    const api = await startWholeApp(database.url, { PROVOST_ROLES: 'api' }, key);
    closing.push(api.close);
    const { app } = api;
    const system = await app.get(SystemsService).create(actor, directorySystem(directory.port));
    const mapping = await app.get(MappingsService).create(actor, system.id, directoryMapping);
    const role = await app.get(RolesService).create(actor, { code: 'employee', name: 'Employee' });
    await app.get(RoleMappingsService).add(actor, role.id, mapping.id);
    const identities = app.get(IdentitiesService);
    for (let person = 0; person < PEOPLE; person += 1) {
      const { id } = await identities.create(actor, {
        login: `p${person}`,
        givenName: 'P',
        surname: 's0',
        roles: ['employee'],
      });
      for (let change = 1; change < CHANGES; change += 1)
        await identities.update(actor, id, { surname: `s${change}` });
    }

    const client = new Client({ connectionString: database.url });
    await client.connect();
    closing.push(() => client.end());
    const count = async (query: string): Promise<number> =>
      Number((await client.query<{ n: number }>(`select count(*) as n from ${query}`)).rows[0]?.n);
    const reaches = async (query: string, wanted: number): Promise<void> => {
      while ((await count(query)) < wanted) await delay(20);
    };
    const env = {
      DATABASE_URL: database.url,
      PROVOST_SECRETS_KEY: key.toString('base64'),
      PROVOST_QUEUE_TIME_FACTOR: '0.1',
    };
    for (const executed of [60, 200]) {
      const service = aService(env);
      await reaches(`queue_archive where state = 'EXECUTED'`, executed);
      await service.kill('SIGKILL');
      expect(await count('queue_operations')).toBeGreaterThan(0);
    }
    aService(env);
    while ((await count('queue_operations')) > 0) await delay(50);

    // Every place that a lane ever gave is in the archive, once.
    const accepted = await client.query<{ n: number }>('select sum(tail_seq)::int8 as n from queue_lanes');
    expect(await count('queue_archive')).toBe(Number(accepted.rows[0]?.n));
    expect(await count(`queue_archive where kind = 'provisioning'`)).toBeGreaterThanOrEqual(PEOPLE);
    expect(await count(`queue_archive where state not in ('EXECUTED', 'SUPERSEDED')`)).toBe(0);
    expect(
      await count(
        `(select lane_id, seq from queue_archive group by lane_id, seq having count(*) > 1) as twice`,
      ),
    ).toBe(0);
    expect(
      await count(
        `(select finished_at < lag(finished_at) over (partition by lane_id order by seq) as is_late
           from queue_archive where state = 'EXECUTED') as steps where is_late`,
      ),
    ).toBe(0);
    for (let person = 0; person < PEOPLE; person += 1) {
      expect(await directory.find(`p${person}`)).toMatchObject({ sn: `s${CHANGES - 1}` });
    }
  }, 120_000);

  it('ends in good order on SIGTERM, with code 0', async () => {
    const database = await createTestDatabase();
    closing.push(database.drop);
    const service = aService({ DATABASE_URL: database.url });
    await service.says('"msg":"registered"');
    expect(await service.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    const client = new Client({ connectionString: database.url });
    await client.connect();
    closing.push(() => client.end());
    expect((await client.query('select is_dead from queue_executors')).rows).toEqual([{ is_dead: true }]);
  });

  it('refuses a database without the schema, and says what to run', async () => {
    const database = await createEmptyDatabase();
    closing.push(database.drop);
    const service = aService({ DATABASE_URL: database.url });
    await service.says('npm run migrate');
    expect(service.output()).not.toContain('    at ');
  });

  it('names every fault of the configuration at once, and what was probably meant', async () => {
    const service = aService({ PORT: 'http', PROVOST_QUEUE_CONCURENCY: '3', DATABASE_URL: 'mysql://x' });
    await service.says('docs/configuration.md');
    expect(service.output()).toMatch(/PORT/);
    expect(service.output()).toMatch(/DATABASE_URL/);
    expect(service.output()).toMatch(/Did you mean PROVOST_QUEUE_CONCURRENCY\?/);
  });

  it('says that the database does not answer', async () => {
    const service = aService({ DATABASE_URL: 'postgres://nobody:canary-pw@127.0.0.1:9/none' });
    await service.says('ECONNREFUSED');
    expect(service.output()).not.toContain('canary-pw');
  });

  it('does not start with another key than the one its secrets were stored with', async () => {
    const database = await createTestDatabase();
    closing.push(database.drop);
    const first = aService({
      DATABASE_URL: database.url,
      PROVOST_SECRETS_KEY: randomBytes(32).toString('base64'),
    });
    await first.says('"msg":"serving"');
    await first.kill('SIGTERM');
    const second = aService({
      DATABASE_URL: database.url,
      PROVOST_SECRETS_KEY: randomBytes(32).toString('base64'),
    });
    await second.says('PROVOST_SECRETS_KEY');
  });
});
