// An audit record with its chain on a database of its own, as one node or several see it, and somebody who owns the database.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { AuditLog, AuditVerifier, Sealer, type Verification } from '../../../src/audit/index.js';
import { ChainKeys } from '../../../src/audit/chain-keys.js';
import { type Head, loadHead, saveHead } from '../../../src/audit/chain-store.js';
import { CheckpointFile } from '../../../src/audit/checkpoint-file.js';
import { Checkpoints } from '../../../src/audit/checkpoint.service.js';
import { Retention } from '../../../src/audit/retention.js';
import { systemClock } from '../../../src/platform/clock/index.js';
import type { ProcessSettings } from '../../../src/platform/config/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { SecretBox } from '../../../src/platform/secrets/index.js';
import { createTestDatabase } from '../../support/postgres.js';

Logger.overrideLogger(['fatal']);

export interface AuditNode {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly verifier: AuditVerifier;
  readonly checkpoints: Checkpoints;
  readonly retention: Retention;
  /** Records `count` changes in a transaction each. */
  record(count: number, action?: string): Promise<void>;
  close(): Promise<void>;
}

export interface Audit extends AuditNode {
  readonly url: string;
  readonly checkpointFile: string;
  /** Another process on the same database, with a checkpoint file of its own. */
  node(options?: NodeOptions): Promise<AuditNode>;
  /** Seals until every transaction has ended that was there at the time of the last record. */
  settle(): Promise<void>;
  /** As whoever owns the database and has switched its triggers off. */
  tamper(...statements: string[]): Promise<void>;
  /** As if the last pass of the sealer had seen something else. */
  rewriteHead(change: (head: Head) => Head): Promise<void>;
  /** `<kind>@<position>` of each fault. */
  faults(checkpoint?: string): Promise<string[]>;
}

interface NodeOptions {
  readonly box?: SecretBox;
  readonly url?: string;
  readonly checkpointFile?: string;
  readonly retentionDays?: number;
}

export async function startAudit(options: { retentionDays?: number } = {}): Promise<Audit> {
  const { url, drop } = await createTestDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'provost-audit-'));
  const box = new SecretBox(randomBytes(32));
  const closing: (() => Promise<void>)[] = [];
  let files = 0;
  const node = async (own: NodeOptions = {}): Promise<AuditNode> => {
    files += 1;
    const started = await startNode({
      url,
      box,
      checkpointFile: join(folder, `${files}.jsonl`),
      ...options,
      ...own,
    });
    closing.push(() => started.close());
    return started;
  };
  const checkpointFile = join(folder, 'checkpoints.jsonl');
  const first = await node({ checkpointFile });
  return {
    ...first,
    url,
    checkpointFile,
    node,
    settle: () => settle(first),
    tamper: (...statements) =>
      asOwner(url, async (client) => {
        for (const table of APPEND_ONLY) {
          await client.query(`grant all on ${table} to current_user`);
          await client.query(`alter table ${table} disable trigger user`);
        }
        for (const statement of statements) await client.query(statement);
        for (const table of APPEND_ONLY) await client.query(`alter table ${table} enable trigger user`);
      }),
    rewriteHead: (change) =>
      first.database.transact(async (transaction) => {
        const keys = await new ChainKeys(box).load(transaction);
        const head = keys && (await loadHead(transaction, keys.chain));
        if (!keys || !head) throw new Error('Nothing is sealed yet.');
        await saveHead(transaction, keys.chain, change(head));
      }),
    faults: async (checkpoint) =>
      (await first.verifier.verify({ checkpoint })).faults.map(({ kind, position }) => `${kind}@${position}`),
    close: async () => {
      for (const close of closing.toReversed()) await close();
      rmSync(folder, { recursive: true });
      await drop();
    },
  };
}

/** Other databases of the server count their transactions together with ours. */
async function settle({ sealer, database }: AuditNode): Promise<void> {
  for (let tries = 0; tries < 20_000; tries += 1) {
    await sealer.seal();
    const [head] = await database.query<{ is_settled: boolean }>(
      'select horizon > (select max(transaction_id) from audit_records) as is_settled from audit_head',
    );
    if (head?.is_settled === true) return;
    await nextTurn();
  }
  throw new Error('A transaction of this server does not end.');
}

async function startNode({
  url,
  box,
  checkpointFile,
  retentionDays,
}: Required<Pick<NodeOptions, 'url' | 'box' | 'checkpointFile'>> & NodeOptions): Promise<AuditNode> {
  const database = new Database({
    url,
    applicationName: 'test',
    poolSize: 4,
    statementTimeoutMs: 15_000,
  });
  await database.connect();
  const keys = new ChainKeys(box);
  const file = new CheckpointFile({ dataDirectory: '' } as ProcessSettings, {
    checkpointFile,
    retentionDays,
  });
  const log = new AuditLog();
  return {
    database,
    sealer: new Sealer(database, keys),
    verifier: new AuditVerifier(database, keys, file),
    checkpoints: new Checkpoints(database, keys, file, systemClock),
    retention: new Retention(database, keys, systemClock, { checkpointFile, retentionDays }),
    record: async (count, action = 'thing.changed') => {
      for (let index = 1; index <= count; index += 1) {
        await database.transact((transaction) =>
          log.record(transaction, {
            actor: { name: 'local:anna', requestId: `request-${index}` },
            operation: `o1-${index}`,
            action,
            objectType: 'thing',
            objectId: String(index),
            before: { name: `old ${index}` },
            after: { name: `new ${index}` },
          }),
        );
      }
    },
    close: () => database.close(),
  };
}

export async function asOwner<Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const APPEND_ONLY = ['audit_records', 'audit_seals', 'audit_anchor'];

export const INTACT: Partial<Verification> = { isIntact: true, faults: [] };
