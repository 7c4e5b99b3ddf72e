// A restored backup begins nothing: what it holds as waiting may have been sent after the backup was taken. It is held
// until a person has looked and releases it.
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { AuditLog, Checkpoints } from '../../audit/index.js';
import { Database, loadStatement, type Transaction } from '../../platform/database/index.js';
import type { Actor } from '../../platform/http/index.js';
import type { TargetHold } from '../target.js';
import { QueueRuntime } from '../queue-runtime.service.js';
import { Targets } from '../targets.service.js';
import { type HoldCause, reasonOf, signOfRestoration } from './domain/sign-of-restoration.js';
import { restorationProblems } from './restoration.problems.js';

const REMEMBER_INSTALLATION = loadStatement('remember-installation', import.meta.url);
const LOCK_INSTALLATION = loadStatement('lock-installation', import.meta.url);
const HOLD_INSTALLATION = loadStatement('hold-installation', import.meta.url);
const RELEASE_INSTALLATION = loadStatement('release-installation', import.meta.url);

const BY_ITSELF: Actor = { name: 'system', requestId: null };

interface Installation {
  readonly hold: HoldCause | null;
  readonly reason: string | null;
  readonly held_at: Date | null;
  readonly held_by: string | null;
  /** How targets were held before everything was. */
  readonly targets_before: readonly TargetBefore[];
  readonly released_at: Date | null;
  readonly is_same: boolean;
}

interface TargetBefore {
  readonly id: number;
  readonly kind: TargetHold;
  readonly reason: string;
  readonly by: string;
}

@Injectable()
export class Restoration implements OnModuleInit {
  readonly #log = new Logger('queue');

  constructor(
    private readonly database: Database,
    private readonly targets: Targets,
    private readonly checkpoints: Checkpoints,
    private readonly audit: AuditLog,
    private readonly runtime: QueueRuntime,
  ) {}

  onModuleInit(): void {
    this.runtime.beforeWork(() => this.check());
  }

  /** Holds everything when this database is a restored backup or a copy. */
  async check(): Promise<void> {
    const contradictedAt = await this.#contradictedAt();
    const reason = await this.database.transact(async (transaction) => {
      const installation = await lockInstallation(transaction);
      if (installation.hold !== null) return installation.reason;
      const cause = signOfRestoration({
        isSameDatabase: installation.is_same,
        contradictedAt,
        releasedAt: installation.released_at,
      });
      if (cause === null) return null;
      await this.#hold(transaction, BY_ITSELF, cause, reasonOf(cause));
      return reasonOf(cause);
    });
    if (reason !== null)
      this.#log.error(
        { reason },
        'nothing is sent until a person has looked: provost queue restoration, then provost queue release',
      );
  }

  /** Holds everything because a person says that the past of this database is not its own. @throws Problem 409 */
  async hold(actor: Actor, reason: string): Promise<void> {
    await this.database.transact(async (transaction) => {
      const { hold, held_at } = await lockInstallation(transaction);
      if (hold !== null)
        throw restorationProblems.alreadyHeld(
          `Everything is held since ${held_at?.toISOString()}. GET /api/v1/queue/restoration says why.`,
        );
      await this.#hold(transaction, actor, 'person', reason);
    });
  }

  /** Goes on as this database; targets that were held before stay so. @throws Problem 409 */
  async release(actor: Actor, reason: string): Promise<void> {
    await this.database.transact(async (transaction) => {
      const { hold, targets_before: before } = await lockInstallation(transaction);
      if (hold === null) throw restorationProblems.notHeld('Nothing is held after a restore: work goes on.');
      const held = await transaction.query<{ id: number }>(
        `select id from queue_targets where hold = 'restored' order by id`,
      );
      for (const { id } of held)
        await this.targets.setHold(transaction, id, before.find((target) => target.id === id) ?? null);
      await transaction.query(RELEASE_INSTALLATION);
      await this.#record(transaction, actor, 'queue.released', { reason });
    });
    this.#log.log({ reason }, 'the queue was released after a restore');
  }

  async #hold(transaction: Transaction, actor: Actor, cause: HoldCause, reason: string): Promise<void> {
    await transaction.query(HOLD_INSTALLATION, [cause, reason, actor.name]);
    const targets = await transaction.query<{ id: number }>('select id from queue_targets order by id');
    for (const { id } of targets)
      await this.targets.setHold(transaction, id, { kind: 'restored', reason, by: actor.name });
    await this.#record(transaction, actor, 'queue.held', { cause, reason });
  }

  async #record(transaction: Transaction, actor: Actor, action: string, after: unknown): Promise<void> {
    await this.audit.record(transaction, { actor, action, objectType: 'queue', objectId: 'all', after });
  }

  /** When it cannot be told, the other signs decide: a file that is not readable must not stop all work. */
  async #contradictedAt(): Promise<Date | null> {
    try {
      const contradiction = await this.checkpoints.contradiction();
      return contradiction && new Date(contradiction.at);
    } catch (error) {
      this.#log.warn(
        { err: error },
        'the audit checkpoint file could not be compared with the database; an older state would not be noticed',
      );
      return null;
    }
  }
}

async function lockInstallation(transaction: Transaction): Promise<Installation> {
  await transaction.query(REMEMBER_INSTALLATION);
  const [installation] = await transaction.query<Installation>(LOCK_INSTALLATION);
  if (!installation) throw new Error('The database does not remember which one it is.');
  return installation;
}
