// What an attempt knows about its account: the row, its mapping, its system.
import type { Database } from '../../platform/database/index.js';
import { loadStatement } from '../../platform/database/index.js';
import type { AccountState } from '../domain/decide-accounts.js';
import type { AttributeStrategy } from '../mapping.entity.js';

const LOAD_ACCOUNT = loadStatement('load-account', new URL('..', import.meta.url).href);

export interface MappedAttribute {
  readonly attribute: string;
  readonly expression: string;
  readonly strategy: AttributeStrategy;
  readonly isMultivalued: boolean;
  readonly isCorrelation: boolean;
}

export interface MappingContext {
  readonly identifierExpression: string;
  readonly attributes: readonly MappedAttribute[];
}

export interface AccountContext {
  readonly accountId: number;
  readonly state: AccountState;
  readonly identifier: string | null;
  readonly nativeId: string | null;
  readonly entityId: string;
  readonly objectClass: string;
  readonly mapping: MappingContext;
  readonly system: {
    readonly id: string;
    readonly name: string;
    readonly connector: string;
    readonly config: Record<string, unknown>;
    readonly sealedSecrets: Buffer;
    readonly version: number;
  };
}

interface Row {
  readonly id: number;
  readonly state: AccountState;
  readonly identifier: string | null;
  readonly native_id: string | null;
  readonly entity_id: string;
  readonly object_class: string;
  readonly identifier_expression: string;
  readonly system_id: string;
  readonly system_name: string;
  readonly connector: string;
  readonly config: Record<string, unknown>;
  readonly sealed_secrets: Buffer;
  readonly system_version: number;
  readonly attributes: readonly MappedAttribute[];
}

/** Null when the account row is gone. */
export async function loadAccount(database: Database, accountId: number): Promise<AccountContext | null> {
  const [row] = await database.query<Row>(LOAD_ACCOUNT, [accountId]);
  if (!row) return null;
  return {
    accountId: row.id,
    state: row.state,
    identifier: row.identifier,
    nativeId: row.native_id,
    entityId: row.entity_id,
    objectClass: row.object_class,
    mapping: { identifierExpression: row.identifier_expression, attributes: row.attributes },
    system: {
      id: row.system_id,
      name: row.system_name,
      connector: row.connector,
      config: row.config,
      sealedSecrets: row.sealed_secrets,
      version: row.system_version,
    },
  };
}
