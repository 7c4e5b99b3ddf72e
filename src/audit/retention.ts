// Removes sealed records that are old enough, from the beginning of the chain; the rest verifies from the anchor it leaves.
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Database, type Transaction } from '../platform/database/index.js';
import { type AuditSettings, auditSettings } from './audit.config.js';
import { readSeals, SEALS_IN_A_PAGE } from './chain-pages.js';
import { ChainDamagedError } from './chain-damaged-error.js';
import { ChainKeys } from './chain-keys.js';
import { anchorMac, loadAnchor, loadHead } from './chain-store.js';
import { startWalk, step } from './domain/chain-walk.js';

/** Held by the one that removes. An arbitrary number, the same in every version. */
const LOCK = 7_266_014;
const DAY_MS = 86_400_000;

@Injectable()
export class Retention {
  readonly #log = new Logger('audit');

  constructor(
    private readonly database: Database,
    private readonly keys: ChainKeys,
    private readonly clock: Clock,
    @Inject(auditSettings.token) private readonly settings: AuditSettings,
  ) {}

  /** Removes what is too old; returns how many records that were. Nothing when they are to be kept for ever. */
  async run(): Promise<number> {
    const { retentionDays } = this.settings;
    if (retentionDays === undefined) return 0;
    const before = new Date(this.clock.now().getTime() - retentionDays * DAY_MS);
    let removed = 0;
    for (;;) {
      const batch = await this.database.transact((transaction) => this.#removeBatch(transaction, before));
      removed += batch;
      if (batch < SEALS_IN_A_PAGE) break;
    }
    if (removed > 0)
      this.#log.log({ records: removed, before }, 'audit records were removed after their retention');
    return removed;
  }

  async #removeBatch(transaction: Transaction, before: Date): Promise<number> {
    const [lock] = await transaction.query<{ taken: boolean }>(
      'select pg_try_advisory_xact_lock($1) as taken',
      [LOCK],
    );
    const keys = await this.keys.load(transaction);
    const head = keys && (await loadHead(transaction, keys.chain));
    if (lock?.taken !== true || !keys || !head) return 0;
    const anchor = await loadAnchor(transaction, keys.chain);
    const last = await lastBefore(transaction, before, anchor.position);
    if (last <= anchor.position) return 0;
    let walk = startWalk(anchor.position, anchor.hash);
    while (walk.position < last) {
      const seals = await readSeals(transaction, walk.position, last);
      if (seals.length === 0) break;
      for (const seal of seals) walk = step(walk, seal, keys.chain.sealOf).walk;
    }
    const count = last - anchor.position;
    // What does not verify is evidence: it stays.
    if (walk.verifiedCount !== count || walk.doubt !== null) {
      throw new ChainDamagedError('The oldest audit records do not verify, so they are not removed.');
    }
    const end = { position: walk.position, hash: Buffer.from(walk.hash) };
    // Without parameters: the server can be set to add them to the context that the trigger looks at.
    await transaction.query(
      `select audit_forget(${end.position}, ${bytea(end.hash)}, ${bytea(anchorMac(keys.chain, end))})`,
    );
    return count;
  }
}

function bytea(bytes: Buffer): string {
  return `'\\x${bytes.toString('hex')}'`;
}

/** The end of the stretch after `position` in which every record is older; at most a batch. */
async function lastBefore(transaction: Transaction, before: Date, position: number): Promise<number> {
  const [row] = await transaction.query<{ last: number | null }>(
    `select coalesce(min(n.position) filter (where n.recorded_at is null or n.recorded_at >= $2) - 1, max(n.position)) as last
     from (
       select s.position, r.recorded_at from audit_seals s left join audit_records r on r.id = s.record_id
       where s.position > $1 order by s.position limit ${SEALS_IN_A_PAGE}
     ) n`,
    [position, before],
  );
  return row?.last ?? position;
}
