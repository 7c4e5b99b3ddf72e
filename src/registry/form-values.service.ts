// What identities have in their form attributes. A change is announced as a change of the identity.
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/index.js';
import { Database, loadStatement, type Transaction } from '../platform/database/index.js';
import type { Actor } from '../platform/http/index.js';
import { DurableEvents } from '../queue/index.js';
import { Attachments } from './attachments.js';
import { FormAttributesService } from './form-attributes.service.js';
import type { FormAttachment } from './identity-reader.js';
import { IdentityEntity } from './identity.entity.js';
import { lockIdentity } from './identity.queries.js';
import { type Declared, receiveAttachment, type ReceivedAttachment } from './received-attachment.js';
import { noIdentity, registryProblem } from './registry.problems.js';

/** An attachment with the attribute it is the value of. */
export interface FormValue extends FormAttachment {
  readonly code: string;
  readonly updatedAt: Date;
}

const listFormValues = loadStatement('list-form-values', import.meta.url);

@Injectable()
export class FormValuesService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly events: DurableEvents,
    private readonly attributes: FormAttributesService,
    private readonly attachments: Attachments,
  ) {}

  /**
   * Makes the bytes of `source` the identity's value of the attribute; equal bytes change nothing.
   * @throws Problem 404, 413, 415, 400 when the source breaks off
   */
  async put(
    actor: Actor,
    identityId: string,
    code: string,
    source: AsyncIterable<Buffer>,
    declared: Declared = {},
  ): Promise<FormValue> {
    await this.#requireIdentity(identityId);
    const attribute = await this.attributes.get('identity', code);
    const limits = { maxBytes: attribute.maxBytes, allowed: attribute.mediaTypes };
    // Before the transaction: a slow sender must not hold one.
    const received = await receiveAttachment(source, limits, declared);
    try {
      return await this.database.transact(async (transaction) => {
        await this.#replace(transaction, actor, { identityId, attributeId: attribute.id, code }, received);
        const values = await transaction.query<FormValue>(listFormValues, [identityId]);
        return valueOf(values, code) ?? noValue(identityId, code);
      });
    } finally {
      await received.dispose();
    }
  }

  /** Removes the value; does nothing when there is none. @throws Problem 404 */
  async clear(actor: Actor, identityId: string, code: string): Promise<void> {
    const attribute = await this.attributes.get('identity', code);
    await this.database.transact(async (transaction) => {
      await lockIdentity(transaction, identityId);
      const [removed] = await transaction.query<{ sha256: string }>(
        `delete from registry_form_values where entity_id = $1 and attribute_id = $2
         returning encode(sha256, 'hex') as sha256`,
        [identityId, attribute.id],
      );
      if (removed === undefined) return;
      await this.attachments.release(transaction, [removed.sha256]);
      await this.#record(transaction, actor, identityId, { before: { [code]: removed.sha256 } });
    });
  }

  /** The values in the order of their codes. @throws Problem 404 */
  async list(identityId: string): Promise<FormValue[]> {
    await this.#requireIdentity(identityId);
    return this.database.query<FormValue>(listFormValues, [identityId]);
  }

  /** @throws Problem 404 */
  async get(identityId: string, code: string): Promise<FormValue> {
    const value = valueOf(await this.list(identityId), code);
    if (value !== undefined) return value;
    await this.attributes.get('identity', code);
    return noValue(identityId, code);
  }

  async #replace(
    transaction: Transaction,
    actor: Actor,
    place: { identityId: string; attributeId: string; code: string },
    received: ReceivedAttachment,
  ): Promise<void> {
    const { identityId, attributeId, code } = place;
    await lockIdentity(transaction, identityId);
    const [current] = await transaction.query<{ sha256: string }>(
      `select encode(sha256, 'hex') as sha256 from registry_form_values
       where entity_id = $1 and attribute_id = $2`,
      [identityId, attributeId],
    );
    if (current?.sha256 === received.sha256) return;
    await this.attachments.store(transaction, received, current?.sha256);
    await transaction.query(
      `insert into registry_form_values (entity_id, attribute_id, sha256) values ($1, $2, $3)
       on conflict (entity_id, attribute_id) do update set sha256 = excluded.sha256, updated_at = now()`,
      [identityId, attributeId, Buffer.from(received.sha256, 'hex')],
    );
    if (current !== undefined) await this.attachments.release(transaction, [current.sha256]);
    await this.#record(transaction, actor, identityId, {
      ...(current !== undefined && { before: { [code]: current.sha256 } }),
      after: { [code]: received.sha256 },
    });
  }

  async #record(
    transaction: Transaction,
    actor: Actor,
    identityId: string,
    values: { before?: unknown; after?: unknown },
  ): Promise<void> {
    await this.audit.record(transaction, {
      actor,
      action: 'after' in values ? 'identity.form-value-set' : 'identity.form-value-cleared',
      objectType: 'identity',
      objectId: identityId,
      ...values,
    });
    this.events.announce(transaction, { topic: 'identity', id: identityId, actor });
  }

  async #requireIdentity(id: string): Promise<void> {
    if (!(await this.database.manager.existsBy(IdentityEntity, { id }))) throw noIdentity(id);
  }
}

function valueOf(values: readonly FormValue[], code: string): FormValue | undefined {
  return values.find((value) => value.code === code);
}

function noValue(identityId: string, code: string): never {
  throw registryProblem.formValueNotFound(
    `The identity ${identityId} has no ${code}. PUT one to /api/v1/identities/${identityId}/form/${code}.`,
  );
}
