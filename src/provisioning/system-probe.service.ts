// Reaches out to a system on a person's request: with a connection of its own, within a deadline, and never repeating
// a secret in what it says.
import { Injectable, Logger } from '@nestjs/common';
import { ZodError } from 'zod';
import { Database } from '../platform/database/index.js';
import { DataKeyError, SecretBox } from '../platform/secrets/index.js';
import { ConnectorError, type ConnectorErrorCode } from './connector/connector-error.js';
import type { Connector, ObjectClass } from './connector/connector.contract.js';
import { SystemConnectors } from './connector/system-connectors.js';
import { withinDeadline } from './connector/within-deadline.js';
import { failureOf } from './domain/failure-of-connector-error.js';
import { provisioningProblem } from './provisioning.problems.js';
import { openSecrets, withoutSecrets } from './sealed-secrets.js';
import { loadSystem, type SystemRow } from './system.queries.js';
import type { SystemFinding } from './systems.schema.js';

const DEADLINE_MS = 10_000;
const CLOSE_MS = 1_000;
/** What passes by itself; the rest needs a person. */
const PASSING: ReadonlySet<ConnectorErrorCode> = new Set(['unreachable', 'timeout', 'busy', 'rate-limited']);

@Injectable()
export class SystemProbe {
  readonly #log = new Logger('system-probe');

  constructor(
    private readonly database: Database,
    private readonly connectors: SystemConnectors,
    private readonly secretBox: SecretBox,
  ) {}

  /** Connects and logs in; what goes wrong is the finding. @throws Problem 404 */
  async test(systemId: string): Promise<SystemFinding> {
    const system = await loadSystem(this.database, systemId);
    try {
      const detail = await this.#use(system, (connector, signal) => connector.test(signal));
      return { ok: true, detail: this.#masked(system, detail) };
    } catch (error) {
      return { ok: false, ...this.#explain(system, error) };
    }
  }

  /** What the system offers for an object class, asked now. @throws Problem 404, 422, 502 */
  async objectClass(systemId: string, name: string): Promise<ObjectClass> {
    const system = await loadSystem(this.database, systemId);
    try {
      return await this.#use(system, (connector, signal) => connector.schema(name, signal));
    } catch (error) {
      const { code, detail } = this.#explain(system, error);
      const refuse =
        code === undefined || PASSING.has(code)
          ? provisioningProblem.systemAway
          : provisioningProblem.objectClassRefused;
      throw refuse(`"${system.name}" does not tell about ${name}: ${detail}`);
    }
  }

  async #use<Result>(
    system: SystemRow,
    work: (connector: Connector, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const connector = await this.connectors.open(system);
    try {
      return await withinDeadline(DEADLINE_MS, (signal) => work(connector, signal));
    } finally {
      // Nobody waits for a connection that does not even close.
      await withinDeadline(CLOSE_MS, () => connector.close()).catch(() => undefined);
    }
  }

  #explain(system: SystemRow, error: unknown): Pick<SystemFinding, 'code'> & { detail: string } {
    if (error instanceof ConnectorError) {
      return { code: error.code, detail: this.#masked(system, failureOf(error).message) };
    }
    if (error instanceof DataKeyError) return { code: 'misconfigured', detail: error.message };
    if (error instanceof ZodError) {
      const places = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
      return {
        code: 'misconfigured',
        detail: `The stored configuration no longer fits its connector (${places}). Correct it (PATCH /api/v1/systems/${system.id}).`,
      };
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#log.error(
      { system_id: system.id, connector: system.connector, stack: this.#masked(system, stack) },
      'a connector failed without saying why',
    );
    return {
      detail: `The connector "${system.connector}" failed without saying why; the log has the details. This is a fault of the connector.`,
    };
  }

  #masked(system: SystemRow, text: string): string {
    return withoutSecrets(text, openSecrets(this.secretBox, system));
  }
}
