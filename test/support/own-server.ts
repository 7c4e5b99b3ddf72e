// A PostgreSQL server of a spec's own, to be stopped and started; reached through a gate, so that its port may change.
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrations } from '../../migrations/index.js';
import { type EmbeddedPostgres, removePostgres, startPostgres } from '../../src/embedded/postgres/index.js';
import { readPid } from '../../src/embedded/process/index.js';
import { migrate } from '../../src/platform/database/index.js';
import { Gate } from './gate.js';

export class OwnServer {
  private constructor(
    readonly folder: string,
    readonly gate: Gate,
    private running: EmbeddedPostgres,
    private readonly preferSystem: boolean,
  ) {}

  /** With this version's schema and no rows. */
  static async start({ preferSystem = false } = {}): Promise<OwnServer> {
    const folder = mkdtempSync(join(tmpdir(), 'provost-server-'));
    // It may run as another account, which has to pass.
    chmodSync(folder, 0o711);
    const running = await startPostgres({ dataDirectory: folder, preferSystem, log: () => {} });
    await migrate({ url: running.url, migrations, log: () => {} });
    return new OwnServer(folder, await Gate.start(running.port), running, preferSystem);
  }

  /** Through the gate. */
  get url(): string {
    const url = new URL(this.running.url);
    url.port = String(this.gate.port);
    return url.href;
  }

  /** Past the gate. */
  get directUrl(): string {
    return this.running.url;
  }

  /** As the superuser, past the gate. */
  get superuserUrl(): string {
    return this.running.urlFor('postgres', 'postgres');
  }

  /** In good order, or as after a crash: what was not committed is gone, and the next start recovers. */
  async stop(how: 'fast' | 'immediate'): Promise<void> {
    if (how === 'immediate') process.kill(this.#pid(), 'SIGQUIT');
    await this.running.stop();
  }

  async startAgain(): Promise<void> {
    this.running = await startPostgres({
      dataDirectory: this.folder,
      preferSystem: this.preferSystem,
      log: () => {},
    });
    this.gate.leadTo(this.running.port);
  }

  async remove(): Promise<void> {
    await this.gate.shut();
    await this.running.stop();
    await removePostgres(this.folder);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The folder of the cluster: its data, its secret, its log. */
  get cluster(): string {
    const [name] = readdirSync(this.folder).filter((entry) => /^pg\d+$/.test(entry));
    return join(this.folder, name ?? 'no cluster');
  }

  #pid(): number {
    const pid = readPid(join(this.cluster, 'data', 'postmaster.pid'));
    if (pid === undefined) throw new Error('The server has no pid file.');
    return pid;
  }
}
