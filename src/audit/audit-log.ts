// The append-only record of who did what, written in the transaction that does it.
import { Injectable } from '@nestjs/common';
import { loadStatement, type Transaction } from '../platform/database/index.js';
import type { Actor } from '../platform/http/index.js';
import { recordedJson, recordedText } from './recorded-json.js';

export interface AuditEntry {
  readonly actor: Actor;
  /** `<object>.<verb in the past>`, such as `identity.updated`. */
  readonly action: string;
  readonly objectType: string;
  readonly objectId: string;
  /** The operation that did it, such as `o41-7`. */
  readonly operation?: string | undefined;
  /** Values before and after. A `Secret` is masked, and so is what has the name of one. */
  readonly before?: unknown;
  readonly after?: unknown;
}

const INSERT_RECORD = loadStatement('insert-record', import.meta.url);

@Injectable()
export class AuditLog {
  /** Adds one record; it exists if and only if `transaction` commits. */
  async record(transaction: Transaction, entry: AuditEntry): Promise<void> {
    const { actor, operation, action, objectType, objectId, before, after } = entry;
    await transaction.query(INSERT_RECORD, [
      recordedText(actor.name),
      actor.requestId,
      operation ?? null,
      action,
      objectType,
      recordedText(objectId),
      recordedJson(before),
      recordedJson(after),
    ]);
  }
}
