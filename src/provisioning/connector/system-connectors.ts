// The open connectors of this process: one for each system, replaced when its configuration changes.
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Secret } from '../../platform/logging/index.js';
import { SecretBox } from '../../platform/secrets/index.js';
import { secretsPlace } from '../system.entity.js';
import { ConnectorCatalogue } from './connector-catalogue.js';
import type { Connector, ConnectorDefinition } from './connector.contract.js';

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
  readonly #open = new Map<string, { readonly version: number; readonly connector: Connector }>();

  constructor(
    private readonly catalogue: ConnectorCatalogue,
    private readonly secrets: SecretBox,
  ) {}

  /** The kept connector of a system. @throws DataKeyError when its secrets do not open. */
  of(system: SystemConfiguration): {
    readonly connector: Connector;
    readonly definition: ConnectorDefinition;
  } {
    const definition = this.catalogue.require(system.connector);
    const kept = this.#open.get(system.id);
    if (kept && kept.version >= system.version) return { connector: kept.connector, definition };
    const connector = this.open(system);
    this.#open.set(system.id, { version: system.version, connector });
    // Calls under way on the old one end by themselves; their attempts are tried again.
    void kept?.connector.close().catch(() => undefined);
    return { connector, definition };
  }

  /** A connector of its own, for the caller to close. */
  open(system: SystemConfiguration): Connector {
    const sealed: unknown = JSON.parse(this.secrets.open(system.sealedSecrets, secretsPlace(system.id)));
    const secrets = Object.fromEntries(
      Object.entries(sealed as Record<string, string>).map(([name, value]): [string, Secret] => [
        name,
        new Secret(value),
      ]),
    );
    const definition = this.catalogue.require(system.connector);
    return definition.open(definition.config.parse(system.config), secrets, {
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      callTimeoutMs: CALL_TIMEOUT_MS,
      log: (fields, message) => this.#log.debug({ system_id: system.id, ...fields }, message),
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled([...this.#open.values()].map(({ connector }) => connector.close()));
  }
}
