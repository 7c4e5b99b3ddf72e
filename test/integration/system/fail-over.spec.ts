// The primary dies, a second server takes its place, and the one address of the database leads there.
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { ensureBuilt } from '../../../scripts/project.mjs';
import { Installation, isRunning, until } from '../../support/installation.js';
import { OwnServer } from '../../support/own-server.js';
import { skipped } from '../../support/skipped.js';
import { noStandby, startStandby } from '../../support/standby.js';

const itWithStandby = noStandby === undefined ? it : skipped(noStandby);
const PEOPLE = 10;

describe('a fail-over of the database', () => {
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(() => ensureBuilt());
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  itWithStandby(
    'loses nothing and sends nothing twice; a replica that does not take writes yet is no ready database',
    async () => {
      const primary = await OwnServer.start({ preferSystem: true });
      closing.push(() => primary.remove());
      const standby = await startStandby(primary);
      closing.push(() => standby.remove());
      const installation = await Installation.start(primary.directUrl, primary.url);
      closing.push(() => installation.close());
      await installation.change(PEOPLE, 3);
      const node = installation.node();
      await until(async () => (await installation.table.writes()).size > 3);

      await primary.stop('immediate');
      primary.gate.leadTo(standby.port);
      await until(async () => {
        const { status, body } = await node.readiness();
        return status === 503 && (body.checks['database']?.detail.includes('replica') ?? false);
      });
      await standby.promote();

      const url = new URL(primary.directUrl);
      url.port = String(standby.port);
      const client = new Client({ connectionString: url.href });
      client.on('error', () => undefined);
      await client.connect();
      closing.push(() => client.end());
      await until(async () => (await client.query('select from queue_operations')).rowCount === 0);
      await until(async () => (await node.readiness()).status === 200);
      expect(isRunning(node)).toBe(true);
      const writes = await installation.table.writes();
      expect(writes.size).toBe(PEOPLE);
      for (const surnames of writes.values()) {
        expect(surnames).toEqual([...new Set(surnames)].sort());
        expect(surnames.at(-1)).toBe('s2');
      }
    },
    180_000,
  );
});
