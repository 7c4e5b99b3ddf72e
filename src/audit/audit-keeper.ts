// Keeps the chain going on processes that work: seals twice a second, signs a checkpoint every few minutes and at the
// end, lets the retention run once an hour.
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { type ProcessSettings, processSettings } from '../platform/config/index.js';
import { DataKeyError } from '../platform/secrets/index.js';
import { ChainDamagedError } from './chain-damaged-error.js';
import { Checkpoints } from './checkpoint.service.js';
import { Retention } from './retention.js';
import { Sealer } from './sealer.js';

const SEAL_EVERY_MS = 500;
/** Shorter than the five minutes that are promised. */
const CHECKPOINT_EVERY_MS = 240_000;
const RETENTION_EVERY_MS = 3_600_000;

@Injectable()
export class AuditKeeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #log = new Logger('audit');
  readonly #dueMs = new Map<string, number>();
  readonly #failing = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(
    private readonly sealer: Sealer,
    private readonly checkpoints: Checkpoints,
    private readonly retention: Retention,
    private readonly clock: Clock,
    @Inject(processSettings.token) private readonly process: ProcessSettings,
  ) {}

  onApplicationBootstrap(): void {
    const { roles } = this.process;
    if (!roles.includes('worker') && !roles.includes('scheduler')) return;
    this.#timer = setInterval(() => {
      this.#running ??= this.tick().finally(() => {
        this.#running = undefined;
      });
    }, SEAL_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    await this.#running;
    await this.#try('sealing', () => this.sealer.seal());
    await this.#try('checkpoint', () => this.checkpoints.write());
  }

  /** Does what is due. Never rejects: what fails is told once, and tried again. */
  async tick(): Promise<void> {
    await this.#try('sealing', () => this.sealer.seal());
    if (this.#isDue('checkpoint', CHECKPOINT_EVERY_MS))
      await this.#try('checkpoint', () => this.checkpoints.write());
    if (this.#isDue('retention', RETENTION_EVERY_MS))
      await this.#try('retention', () => this.retention.run());
  }

  /** Whether so much time has passed since it was due last; the first time at once. */
  #isDue(name: string, everyMs: number): boolean {
    const now = this.clock.monotonicMs();
    if (now < (this.#dueMs.get(name) ?? now)) return false;
    this.#dueMs.set(name, now + everyMs);
    return true;
  }

  async #try(name: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      if (this.#failing.delete(name)) this.#log.log({ part: name }, 'the audit chain goes on');
    } catch (error) {
      if (this.#failing.has(name)) return;
      this.#failing.add(name);
      if (error instanceof ChainDamagedError || error instanceof DataKeyError)
        this.#log.error({ err: error, part: name }, 'the audit chain has stopped: run an audit verification');
      else this.#log.warn({ err: error, part: name }, 'the audit chain rests for now; trying again');
    }
  }
}
