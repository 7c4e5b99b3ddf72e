import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/index.js';
import { Database, isUniqueViolation, type Transaction } from '../platform/database/index.js';
import { type Actor, requireMatch } from '../platform/http/index.js';
import { SecretBox } from '../platform/secrets/index.js';
import { DurableEvents, Targets } from '../queue/index.js';
import { type CataloguedConnector, ConnectorCatalogue } from './connector/connector-catalogue.js';
import { EndpointGuard } from './connector/endpoint-guard.js';
import type { SystemWarning } from './domain/system-endpoint.js';
import { provisioningProblem, referringTable } from './provisioning.problems.js';
import { countBusyLanes, removeTarget, targetNameOf } from './queue-target.queries.js';
import { maskedSecrets, openSecrets, type PlainSecrets, sealSecrets } from './sealed-secrets.js';
import { checkSystemSettings, requireSecretsForNewAddress } from './system-check.js';
import { SystemEntity } from './system.entity.js';
import { listSystems, loadSystem, lockSystem, type SystemRow } from './system.queries.js';
import { type CreateSystem, createSystemRequest, type System, type UpdateSystem } from './systems.schema.js';

/** What people change, but for the secrets. */
type SystemFields = Pick<
  SystemRow,
  'name' | 'description' | 'config' | 'concurrency' | 'ratePerSecond' | 'retryPolicy'
> & {
  readonly isAsynchronous: boolean;
};

const OF_THE_TARGET: readonly (keyof SystemFields)[] = [
  'name',
  'concurrency',
  'ratePerSecond',
  'retryPolicy',
];

interface SystemChange {
  readonly wanted: SystemFields;
  readonly changed: readonly (keyof SystemFields)[];
  readonly entered: PlainSecrets | undefined;
}

@Injectable()
export class SystemsService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly events: DurableEvents,
    private readonly targets: Targets,
    private readonly catalogue: ConnectorCatalogue,
    private readonly secretBox: SecretBox,
    private readonly guard: EndpointGuard,
  ) {}

  /** In the order of their names, one more than `limit` when there are more. */
  async list(filter: { limit: number; after?: string | undefined }): Promise<System[]> {
    return (await listSystems(this.database, filter)).map((row) => this.#toSystem(row));
  }

  /** @throws Problem 404 */
  async get(id: string): Promise<System> {
    return this.#toSystem(await loadSystem(this.database, id));
  }

  /** Stores the system and its queue target; reaches nobody. @throws Problem 409, 422 */
  async create(actor: Actor, input: CreateSystem): Promise<System> {
    const { secrets, ...given } = createSystemRequest.parse(input);
    const connector = this.#connectorOf(given.connector);
    const config = checkSystemSettings(connector, { config: given.config, secrets }, this.guard);
    const fields = { ...given, config };
    return this.#withFreeName(fields.name, async (transaction) => {
      const id = randomUUID();
      const { name, description, isAsynchronous } = fields;
      const mode = isAsynchronous ? 'asynchronous' : 'synchronous';
      const targetId = await this.targets.create(transaction, mode, { ...fields, name: targetNameOf(name) });
      await transaction.query(
        `insert into provisioning_systems (id, name, description, connector, config, sealed_secrets, target_id)
         values ($1, $2, $3, $4, $5, $6, $7)`,
        [id, name, description, given.connector, config, sealSecrets(this.secretBox, id, secrets), targetId],
      );
      await this.#record(transaction, actor, 'created', id, {
        after: { ...fields, secrets: maskedSecrets(secrets) },
      });
      return this.#toSystem(await loadSystem(transaction, id));
    });
  }

  /** Changes the given fields; a secret that is entered counts as changed. @throws Problem 404, 409, 412, 422 */
  async update(actor: Actor, id: string, input: UpdateSystem, ifMatch?: string): Promise<System> {
    return this.#withFreeName(input.name, async (transaction) => {
      const current = await lockSystem(transaction, id, 'for no key update');
      requireMatch(ifMatch, current.version);
      const entered = isEmpty(input.secrets) ? undefined : input.secrets;
      const stored = openSecrets(this.secretBox, current);
      const secrets = { ...stored, ...entered };
      const before = fieldsOf(current);
      const wanted = this.#wanted(current, input, { stored, entered });
      const changed = keysThatDiffer(before, wanted);
      if (changed.length === 0 && entered === undefined) return this.#toSystem(current);
      const sealed = entered === undefined ? current.sealedSecrets : sealSecrets(this.secretBox, id, secrets);
      await transaction.query(
        `update provisioning_systems
         set name = $2, description = $3, config = $4, sealed_secrets = $5, version = version + 1, updated_at = now()
         where id = $1`,
        [id, wanted.name, wanted.description, wanted.config, sealed],
      );
      await this.#passOnToQueue(transaction, current.targetId, { wanted, changed, entered });
      if (changed.includes('name')) await this.#announceName(transaction, actor, id);
      await this.#record(transaction, actor, 'updated', id, {
        before: pick(before, changed),
        after: { ...pick(wanted, changed), ...(entered && { secrets: maskedSecrets(entered) }) },
      });
      return this.#toSystem(await loadSystem(transaction, id));
    });
  }

  /** Removes a system without mappings, and with it its queue target. @throws Problem 404, 409, 412 */
  async delete(actor: Actor, id: string, ifMatch?: string): Promise<void> {
    try {
      await this.database.transact(async (transaction) => {
        const system = await lockSystem(transaction, id, 'for update');
        requireMatch(ifMatch, system.version);
        await refuseWhenUsed(transaction, system);
        await transaction.manager.delete(SystemEntity, { id });
        await removeTarget(transaction, system.targetId);
        const secrets = maskedSecrets(openSecrets(this.secretBox, system));
        await this.#record(transaction, actor, 'deleted', id, {
          before: { ...fieldsOf(system), connector: system.connector, secrets },
        });
      });
    } catch (error) {
      if (referringTable(error) === undefined) throw error;
      throw provisioningProblem.systemInUse(
        'Something began to use the system while it was to be deleted. Try again to see what.',
        { cause: error },
      );
    }
  }

  #wanted(
    current: SystemRow,
    input: UpdateSystem,
    { stored, entered = {} }: { readonly stored: PlainSecrets; readonly entered: PlainSecrets | undefined },
  ): SystemFields {
    const before = fieldsOf(current);
    const wanted: SystemFields = {
      name: input.name ?? before.name,
      description: input.description ?? before.description,
      config: before.config,
      isAsynchronous: input.isAsynchronous ?? before.isAsynchronous,
      concurrency: input.concurrency ?? before.concurrency,
      ratePerSecond: input.ratePerSecond === undefined ? before.ratePerSecond : input.ratePerSecond,
      retryPolicy: input.retryPolicy ?? before.retryPolicy,
    };
    if (input.config === undefined && input.secrets === undefined) return wanted;
    const connector = this.#connectorOf(current.connector);
    const settings = {
      config: withoutNulls({ ...before.config, ...input.config }),
      secrets: { ...stored, ...entered },
    };
    const config = checkSystemSettings(connector, settings, this.guard);
    const names = { stored: Object.keys(stored), entered: Object.keys(entered) };
    requireSecretsForNewAddress(connector, { before: before.config, after: config }, names);
    return { ...wanted, config };
  }

  async #passOnToQueue(
    transaction: Transaction,
    targetId: number,
    { wanted, changed, entered }: SystemChange,
  ): Promise<void> {
    if (changed.some((field) => OF_THE_TARGET.includes(field))) {
      await this.targets.change(transaction, targetId, { ...wanted, name: targetNameOf(wanted.name) });
    }
    if (changed.includes('isAsynchronous')) {
      const mode = wanted.isAsynchronous ? 'asynchronous' : 'synchronous';
      await this.targets.setMode(transaction, targetId, mode);
    }
    // What failed may have failed because of what is corrected now.
    if (changed.includes('config') || entered !== undefined) {
      await this.targets.retryNow(transaction, targetId);
    }
  }

  /** Mappings can name the system: their values change with its name. */
  async #announceName(transaction: Transaction, actor: Actor, systemId: string): Promise<void> {
    for (const id of await mappingsThatNameTheSystem(transaction, systemId)) {
      this.events.announce(transaction, { topic: 'mapping', id, actor });
    }
  }

  #connectorOf(kind: string): CataloguedConnector {
    const connector = this.catalogue.get(kind);
    if (connector !== undefined) return connector;
    throw provisioningProblem.unknownConnector(this.catalogue.explainMissing(kind), {
      errors: [{ pointer: '/connector', detail: 'is not installed' }],
    });
  }

  #toSystem({ sealedSecrets, targetId: _targetId, ...system }: SystemRow): System {
    const secrets = openSecrets(this.secretBox, { id: system.id, sealedSecrets });
    return { ...system, secretNames: Object.keys(secrets).toSorted(), warnings: this.#warningsOf(system) };
  }

  /** None for settings that no longer fit their connector: their test says so. */
  #warningsOf({ connector, config }: Pick<SystemRow, 'connector' | 'config'>): SystemWarning[] {
    const definition = this.catalogue.get(connector)?.definition;
    const parsed = definition?.config.safeParse(config);
    if (definition === undefined || parsed?.success !== true) return [];
    return this.guard.warningsOf(definition.endpoint(parsed.data));
  }

  async #record(
    transaction: Transaction,
    actor: Actor,
    verb: 'created' | 'updated' | 'deleted',
    id: string,
    values: { before?: unknown; after?: unknown },
  ): Promise<void> {
    const action = `system.${verb}`;
    await this.audit.record(transaction, { actor, action, objectType: 'system', objectId: id, ...values });
  }

  async #withFreeName(
    name: string | undefined,
    work: (transaction: Transaction) => Promise<System>,
  ): Promise<System> {
    try {
      return await this.database.transact(work);
    } catch (error) {
      const isTaken = ['provisioning_systems_name_key', 'queue_targets_name_key'].some((constraint) =>
        isUniqueViolation(error, constraint),
      );
      if (name === undefined || !isTaken) throw error;
      throw provisioningProblem.systemNameTaken(
        `A system "${name}" exists, perhaps in another case. Choose another name.`,
        { errors: [{ pointer: '/name', detail: 'is taken' }], cause: error },
      );
    }
  }
}

function fieldsOf(system: SystemRow): SystemFields {
  const { name, description, config, mode, concurrency, ratePerSecond, retryPolicy } = system;
  const isAsynchronous = mode === 'asynchronous';
  return { name, description, config, isAsynchronous, concurrency, ratePerSecond, retryPolicy };
}

function isEmpty(secrets: PlainSecrets | undefined): boolean {
  return Object.keys(secrets ?? {}).length === 0;
}

function keysThatDiffer(before: SystemFields, wanted: SystemFields): (keyof SystemFields)[] {
  const keys = Object.keys(before) as (keyof SystemFields)[];
  return keys.filter((key) => !isDeepStrictEqual(before[key], wanted[key]));
}

function pick(fields: SystemFields, keys: readonly (keyof SystemFields)[]): Partial<SystemFields> {
  return Object.fromEntries(keys.map((key) => [key, fields[key]]));
}

function withoutNulls(config: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
}

/** @throws Problem 409 saying by how much, and what to do */
async function refuseWhenUsed(transaction: Transaction, { id, name, targetId }: SystemRow): Promise<void> {
  const [used] = await transaction.query<{ mappings: number; accounts: number }>(
    `select (select count(*) from provisioning_mappings where system_id = $1) as mappings,
       (select count(*) from provisioning_accounts where system_id = $1 and state <> 'gone') as accounts`,
    [id],
  );
  if (used !== undefined && used.mappings + used.accounts > 0) {
    throw provisioningProblem.systemInUse(
      `"${name}" has ${used.accounts} accounts and ${used.mappings} mappings. ` +
        'Take its mappings from the roles, so that the accounts go; ' +
        `delete the mappings (GET /api/v1/systems/${id}/mappings lists them); then delete the system.`,
    );
  }
  const busy = await countBusyLanes(transaction, targetId);
  if (busy === 0) return;
  throw provisioningProblem.systemInUse(
    `Operations of ${busy} accounts still wait for "${name}". Let them end or cancel them; ` +
      'GET /api/v1/operations lists them.',
  );
}

async function mappingsThatNameTheSystem(transaction: Transaction, systemId: string): Promise<string[]> {
  const rows = await transaction.query<{ id: string }>(
    String.raw`select m.id from provisioning_mappings m
     where m.system_id = $1 and (m.identifier_expression ~ '\msystem\M' or exists (
       select from provisioning_attribute_mappings a where a.mapping_id = m.id and a.expression ~ '\msystem\M'))
     order by m.id`,
    [systemId],
  );
  return rows.map(({ id }) => id);
}
