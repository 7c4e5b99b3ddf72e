// One node's wall clock is hours off: leases, schedules and the times of retries are the database's.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureBuilt } from '../../../scripts/project.mjs';
import { Installation, until } from '../../support/installation.js';
import { createTestDatabase } from '../../support/postgres.js';
import { root } from '../../support/repository.js';

const PRELOADED = pathToFileURL(join(root, 'test', 'support', 'shifted-clock.mjs')).href;
const HOURS_MS = 3_600_000;

describe('a node whose clock is wrong', () => {
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(() => ensureBuilt());
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  it.each([
    ['three hours ahead', 3],
    ['three hours behind', -3],
  ])(
    'by %s: keeps its lease and takes no other, fires schedules when they are due, and retries in time',
    async (_, hours) => {
      const database = await createTestDatabase();
      closing.push(database.drop);
      const installation = await Installation.start(database.url);
      closing.push(() => installation.close());
      const { table, client } = installation;
      await table.gate.shut();
      await installation.change(3, 1);
      const right = installation.node({ PROVOST_ROLES: 'worker' });
      const wrong = installation.node({
        NODE_OPTIONS: `--import=${PRELOADED}`,
        CLOCK_SHIFT_MS: String(hours * HOURS_MS),
      });
      await right.says('"msg":"registered"');
      await wrong.says('"msg":"registered"');
      // Each account has failed three times, so two retries were due, opened and tried.
      await until(
        async () =>
          (await installation.count(
            `(select from queue_attempts where outcome = 'transient' group by lane_id having count(*) > 2) as lanes`,
          )) === 3,
      );
      expect(await installation.count(`queue_lanes where state = 'parked'`)).toBe(0);
      await table.gate.open();
      await installation.settled();

      expect(await table.writes()).toEqual(
        new Map([
          ['p0', ['s0']],
          ['p1', ['s0']],
          ['p2', ['s0']],
        ]),
      );
      const { rows } = await client.query(
        `select name, slot from schedule_runs where abs(extract(epoch from slot - now())) > 600`,
      );
      expect(rows).toEqual([]);
      expect(await installation.count(`queue_attempts where outcome = 'crashed'`)).toBe(0);
      expect(await installation.count(`queue_executors where is_dead and 'worker' = any (roles)`)).toBe(0);
    },
    120_000,
  );
});
