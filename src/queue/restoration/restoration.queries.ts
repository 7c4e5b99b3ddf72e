// What people and probes ask about a restored queue.
import { type Database, loadStatement } from '../../platform/database/index.js';
import type { HoldCause } from './domain/sign-of-restoration.js';
import type { RestorationResponse } from './restoration.schema.js';

const WOULD_MOVE = loadStatement('would-move', import.meta.url);

interface InstallationRow {
  readonly cause: HoldCause | null;
  readonly reason: string | null;
  readonly since: Date | null;
  readonly heldBy: string | null;
  readonly releasedAt: Date | null;
  readonly lastExecutedAt: Date | null;
}

export async function readRestoration(database: Database): Promise<RestorationResponse> {
  const [row] = await database.query<InstallationRow>(
    `select i.hold as cause, i.reason, i.held_at as since, i.held_by as "heldBy", i.released_at as "releasedAt",
            (select a.finished_at from queue_archive a where a.state = 'EXECUTED'
             order by a.finished_at desc limit 1) as "lastExecutedAt"
     from (select) always left join queue_installation i on true`,
  );
  const waiting = await database.query<{
    target: string;
    kind: string;
    operations: number;
    unknown: number;
    oldest: Date;
  }>(WOULD_MOVE);
  return {
    isHeld: row?.cause != null,
    cause: row?.cause ?? null,
    reason: row?.reason ?? null,
    since: row?.since?.toISOString() ?? null,
    heldBy: row?.heldBy ?? null,
    releasedAt: row?.releasedAt?.toISOString() ?? null,
    lastExecutedAt: row?.lastExecutedAt?.toISOString() ?? null,
    waiting: waiting.map((one) => ({ ...one, oldest: one.oldest.toISOString() })),
  };
}

export async function isHeldAfterRestore(database: Database): Promise<boolean> {
  const rows = await database.query('select from queue_installation where hold is not null');
  return rows.length > 0;
}
