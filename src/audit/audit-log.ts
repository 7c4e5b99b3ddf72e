// The append-only record of who did what, written in the transaction that does it.
import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/index.js';
import type { Actor } from '../platform/http/index.js';

export interface AuditEntry {
  readonly actor: Actor;
  /** `<object>.<verb in the past>`, such as `identity.updated`. */
  readonly action: string;
  readonly objectType: string;
  readonly objectId: string;
  /** Values before and after; secrets must be masked by the caller (a `Secret` masks itself). */
  readonly before?: unknown;
  readonly after?: unknown;
}

@Injectable()
export class AuditLog {
  /** Adds one record; it exists if and only if `transaction` commits. */
  async record(transaction: Transaction, entry: AuditEntry): Promise<void> {
    await transaction.query(
      `insert into audit_records (actor, request_id, action, object_type, object_id, before, after)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [
        entry.actor.name,
        entry.actor.requestId,
        entry.action,
        entry.objectType,
        entry.objectId,
        toJson(entry.before),
        toJson(entry.after),
      ],
    );
  }
}

function toJson(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
