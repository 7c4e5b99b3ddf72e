// The open connectors of this process: one for each system, replaced when its configuration changes.
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import { wordIssue } from '../../platform/config/index.js';
import { Database, withoutCommitWitness } from '../../platform/database/index.js';
import { Secret } from '../../platform/logging/index.js';
import { SecretBox } from '../../platform/secrets/index.js';
import { secretsPlace } from '../system.entity.js';
import { ConnectorCatalogue } from './connector-catalogue.js';
import { ConnectorError } from './connector-error.js';
import type { Connector, ConnectorDefinition } from './connector.contract.js';
import { EndpointGuard } from './endpoint-guard.js';

export interface SystemConfiguration {
  readonly id: string;
  readonly name: string;
  readonly connector: string;
  readonly config: Record<string, unknown>;
  readonly sealedSecrets: Buffer;
  readonly version: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Shorter than the deadline of an attempt, so that an attempt still has time to say how it ended. */
const CALL_TIMEOUT_MS = 15_000;

@Injectable()
export class SystemConnectors implements OnApplicationShutdown {
  readonly #log = new Logger('connector');
  readonly #open = new Map<string, { readonly version: number; readonly connector: Promise<Connector> }>();

  constructor(
    private readonly catalogue: ConnectorCatalogue,
    private readonly secrets: SecretBox,
    private readonly guard: EndpointGuard,
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  /** The kept connector of a system. @throws DataKeyError when its secrets do not open; ConnectorError `misconfigured` */
  async of(system: SystemConfiguration): Promise<{
    readonly connector: Connector;
    readonly definition: ConnectorDefinition;
  }> {
    const definition = this.catalogue.require(system.connector);
    const kept = this.#open.get(system.id);
    if (kept && kept.version >= system.version) return { connector: await kept.connector, definition };
    const opened = { version: system.version, connector: this.open(system) };
    this.#open.set(system.id, opened);
    // Calls under way on the old one end by themselves; their attempts are tried again.
    void kept?.connector.then((connector) => connector.close()).catch(() => undefined);
    try {
      return { connector: await opened.connector, definition };
    } catch (error) {
      if (this.#open.get(system.id) === opened) this.#open.delete(system.id);
      throw error;
    }
  }

  /** A connector of its own, for the caller to close. No secret is used before that is recorded. */
  async open(system: SystemConfiguration): Promise<Connector> {
    const definition = this.catalogue.require(system.connector);
    const config: unknown = definition.config.parse(system.config, { error: wordIssue });
    const endpoint = definition.endpoint(config);
    const fault = this.guard.faultOf(endpoint);
    if (fault !== undefined) throw new ConnectorError('misconfigured', fault.reason);
    const sealed: unknown = JSON.parse(this.secrets.open(system.sealedSecrets, secretsPlace(system.id)));
    const secrets = Object.fromEntries(
      Object.entries(sealed as Record<string, string>).map(([name, value]): [string, Secret] => [
        name,
        new Secret(value),
      ]),
    );
    await this.#recordUse(system, Object.keys(secrets));
    return definition.open(config, secrets, {
      ...this.guard.waysTo(endpoint),
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      callTimeoutMs: CALL_TIMEOUT_MS,
      log: (fields, message) => this.#log.debug({ system_id: system.id, ...fields }, message),
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled(
      [...this.#open.values()].map(async ({ connector }) => (await connector).close()),
    );
  }

  async #recordUse({ id, name }: SystemConfiguration, opened: readonly string[]): Promise<void> {
    if (opened.length === 0) return;
    await withoutCommitWitness(() =>
      this.database.transact((transaction) =>
        this.audit.record(transaction, {
          actor: { name: 'system', requestId: null },
          action: 'secrets.opened',
          objectType: 'system',
          objectId: id,
          after: { name, opened },
        }),
      ),
    );
  }
}
