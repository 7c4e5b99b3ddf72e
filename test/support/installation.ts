// One installation as its administrator has it: a database, a system to provision, an operator, and nodes as processes.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { OperatorsService, SYSTEM_AUTHOR } from '../../src/auth/index.js';
import { MappingsService, RoleMappingsService, SystemsService } from '../../src/provisioning/index.js';
import { IdentitiesService, RolesService } from '../../src/registry/index.js';
import { requestTo, type TestApp } from './http-app.js';
import { PASSWORD } from './operators.js';
import { actor } from './provisioning-bundle.js';
import { type ServiceProcess, startServiceProcess } from './service-process.js';
import { startWholeApp } from './whole-app.js';
import { tableMapping, WrittenTable } from './written-table.js';

/** Beats, deadlines, leases and retries of these nodes are this much shorter: a lease is 3 s. */
export const TIME_FACTOR = 0.1;

export interface Node extends ServiceProcess {
  /** Resolves once it serves. */
  readonly request: TestApp['request'];
  /** The status and words of /readyz. */
  readonly readiness: () => Promise<{ status: number; body: Readiness }>;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Record<string, { readonly ok: boolean; readonly detail: string }>;
  readonly warnings: Record<string, string>;
}

export class Installation {
  readonly #closing: (() => Promise<unknown> | void)[] = [];
  readonly #key = randomBytes(32);

  private constructor(
    private readonly url: string,
    private readonly nodeUrl: string,
    readonly table: WrittenTable,
    readonly client: Client,
  ) {}

  /** On a migrated database without rows, which nodes may reach in another way. */
  static async start(url: string, nodeUrl = url): Promise<Installation> {
    const table = await WrittenTable.start();
    const client = new Client({ connectionString: url });
    // Some specs end this connection, with all others.
    client.on('error', () => undefined);
    await client.connect();
    const installation = new Installation(url, nodeUrl, table, client);
    installation.#closing.push(table.remove, () => client.end());
    await installation.#withServices(async (app) => {
      const system = await app.get(SystemsService).create(actor, table.system);
      const mapping = await app.get(MappingsService).create(actor, system.id, tableMapping);
      const role = await app.get(RolesService).create(actor, { code: 'employee', name: 'Employee' });
      await app.get(RoleMappingsService).add(actor, role.id, mapping.id);
      const operator = {
        login: 'admin',
        displayName: 'Admin',
        password: PASSWORD,
        roles: ['administrator' as const],
      };
      await app.get(OperatorsService).create(operator, SYSTEM_AUTHOR);
    });
    return installation;
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0).toReversed()) await close();
  }

  /** So many people, each with so many changes one after the other: s0, s1, s2 … */
  async change(people: number, changes: number, prefix = 'p'): Promise<void> {
    await this.#withServices(async (app) => {
      const identities = app.get(IdentitiesService);
      for (let person = 0; person < people; person += 1) {
        const login = `${prefix}${person}`;
        const { id } = await identities.create(actor, {
          login,
          givenName: 'P',
          surname: 's0',
          roles: ['employee'],
        });
        for (let change = 1; change < changes; change += 1)
          await identities.update(actor, id, { surname: `s${change}` });
      }
    });
  }

  /** What every node is told. */
  environment(): Record<string, string> {
    const folder = mkdtempSync(join(tmpdir(), 'provost-node-'));
    this.#closing.push(() => rmSync(folder, { recursive: true, force: true }));
    return {
      DATABASE_URL: this.nodeUrl,
      PROVOST_SECRETS_KEY: this.#key.toString('base64'),
      PROVOST_QUEUE_TIME_FACTOR: String(TIME_FACTOR),
      PROVOST_DATA: folder,
      PORT: '0',
    };
  }

  /** A process of its own; killed at the end when it still runs. */
  node(env: Record<string, string> = {}): Node {
    const service = startServiceProcess({ ...this.environment(), ...env });
    this.#closing.push(async () => {
      if (isRunning(service)) await service.kill('SIGKILL');
    });
    const url = async (): Promise<string> => {
      await service.says('"msg":"serving"');
      return /"url":"([^"]+)"/.exec(service.output())?.[1] ?? '';
    };
    return {
      ...service,
      request: async (...args) => requestTo(await url())(...args),
      readiness: async () => {
        const response = await fetch(`${await url()}/readyz`);
        return { status: response.status, body: (await response.json()) as Readiness };
      },
    };
  }

  async count(query: string): Promise<number> {
    const { rows } = await this.client.query<{ n: string }>(`select count(*) as n from ${query}`);
    return Number(rows[0]?.n);
  }

  /** Resolves once nothing waits in the queue. */
  async settled(): Promise<void> {
    await until(async () => (await this.count('queue_operations')) === 0);
  }

  async #withServices(
    work: (app: Awaited<ReturnType<typeof startWholeApp>>['app']) => Promise<void>,
  ): Promise<void> {
    const whole = await startWholeApp(this.url, { PROVOST_ROLES: 'api' }, this.#key);
    try {
      await work(whole.app);
    } finally {
      await whole.close();
    }
  }
}

export function isRunning({ process }: ServiceProcess): boolean {
  return process.exitCode === null && process.signalCode === null;
}

/** Looks again and again; a condition that fails for the moment, such as for want of a database, does not hold yet. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition().catch(() => false))) await delay(20);
}
