// A node stands still past its lease, in the middle of an attempt, and comes back not knowing that it was declared dead.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureBuilt } from '../../../scripts/project.mjs';
import { Installation, isRunning, type Node, until } from '../../support/installation.js';
import { createTestDatabase } from '../../support/postgres.js';
import { root } from '../../support/repository.js';

const PRELOADED = pathToFileURL(join(root, 'test', 'support', 'block-on-signal.mjs')).href;

interface Freezing {
  readonly env: Record<string, string>;
  readonly freeze: (node: Node) => Promise<void>;
  readonly thaw: (node: Node) => void;
}

/** The machine stops the process. */
const stopped = (): Freezing => ({
  env: {},
  freeze: async ({ process }) => void process.kill('SIGSTOP'),
  thaw: ({ process }) => void process.kill('SIGCONT'),
});

/** Its own code never lets go. */
function blocked(folder: string): Freezing {
  const file = join(folder, 'blocked');
  return {
    env: { NODE_OPTIONS: `--import=${PRELOADED}`, BLOCKED_WHILE: file },
    freeze: async (node) => {
      writeFileSync(file, '');
      node.process.kill('SIGUSR2');
      await node.says('blocked\n');
    },
    thaw: () => rmSync(file),
  };
}

describe('a node that stood still past its lease', () => {
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(() => ensureBuilt());
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  it.each([
    ['stopped by the machine', stopped],
    ['with a blocked event loop', blocked],
  ])(
    '%s: finishes nothing with its old registration, sends nothing, registers anew and works on',
    async (_, freezing) => {
      const database = await createTestDatabase();
      closing.push(database.drop);
      const installation = await Installation.start(database.url);
      closing.push(() => installation.close());
      const { table, client } = installation;
      const { env, freeze, thaw } = freezing(installation.environment().PROVOST_DATA ?? '');
      await installation.change(1, 1);
      table.gate.hold();
      const frozen = installation.node(env);
      await table.gate.untilSomethingWaits();
      const { rows: held } = await client.query<{ owner_id: number; lane_id: number }>(
        `select owner_id, id as lane_id from queue_lanes where state = 'leased'`,
      );
      const [old] = held;
      expect(held).toHaveLength(1);
      await freeze(frozen);
      table.gate.release();

      const other = installation.node();
      await installation.settled();
      expect(await table.writes()).toEqual(new Map([['p0', ['s0']]]));
      expect(await installation.count(`queue_executors where is_dead and id = ${old?.owner_id}`)).toBe(1);
      expect(await other.kill('SIGTERM')).toEqual({ code: 0, signal: null });

      thaw(frozen);
      await until(
        async () =>
          (await installation.count(`queue_executors where not is_dead and id > ${old?.owner_id}`)) === 1,
      );
      await installation.change(1, 1, 'q');
      await installation.settled();
      expect(isRunning(frozen)).toBe(true);
      expect(
        await installation.count(
          `queue_attempts where executor_id = ${old?.owner_id} and lane_id = ${old?.lane_id} and outcome <> 'crashed'`,
        ),
      ).toBe(0);
      expect(await table.writes()).toEqual(
        new Map([
          ['p0', ['s0']],
          ['q0', ['s0']],
        ]),
      );
    },
    120_000,
  );
});
