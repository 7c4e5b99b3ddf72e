// The one question other modules ask of the registry: who is this, as of now?
import { Injectable } from '@nestjs/common';
import { type Database, loadStatement } from '../platform/database/index.js';
import type { MediaType } from './domain/media-type.js';
import type { IdentityState } from './identity.entity.js';

/** A `Transaction` or the `Database`. */
export type Executor = Pick<Database, 'query'>;

/** An attachment an identity has; `Attachments` gives its bytes. */
export interface FormAttachment {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly mediaType: MediaType;
}

/** An identity with its roles (in the order of their codes) and its form values, all of one moment. */
export interface IdentitySnapshot {
  readonly id: string;
  readonly login: string;
  readonly givenName: string;
  readonly surname: string;
  readonly displayName: string | null;
  readonly title: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly state: IdentityState;
  /** Counts the changes of the identity's own fields; roles and form do not count. */
  readonly version: number;
  readonly roles: readonly { readonly id: string; readonly code: string }[];
  /** By code; it has no prototype, so a code such as `constructor` finds nothing but a value. */
  readonly form: Readonly<Record<string, FormAttachment>>;
}

type Row = Omit<IdentitySnapshot, 'form'> & { readonly form: readonly (FormAttachment & { code: string })[] };

const loadIdentities = loadStatement('load-identities', import.meta.url);

@Injectable()
export class IdentityReader {
  /** The identity, or null when there is none (any more). */
  async load(executor: Executor, id: string): Promise<IdentitySnapshot | null> {
    return (await this.loadMany(executor, [id])).get(id) ?? null;
  }

  /** By id; those that do not exist (any more) are left out. */
  async loadMany(executor: Executor, ids: readonly string[]): Promise<Map<string, IdentitySnapshot>> {
    const rows = await executor.query<Row>(loadIdentities, [ids]);
    return new Map(rows.map((row) => [row.id, toSnapshot(row)]));
  }

  /** The ids of all who have the role, in no order that means anything. */
  async identityIdsWithRole(executor: Executor, roleId: string): Promise<string[]> {
    const rows = await executor.query<{ id: string }>(
      'select identity_id as id from registry_role_assignments where role_id = $1 order by identity_id',
      [roleId],
    );
    return rows.map(({ id }) => id);
  }
}

function toSnapshot({ form, ...identity }: Row): IdentitySnapshot {
  const byCode = Object.create(null) as Record<string, FormAttachment>;
  for (const { code, ...attachment } of form) byCode[code] = attachment;
  return { ...identity, form: byCode };
}
