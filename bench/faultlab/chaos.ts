// Carries out the plan, disturbance by disturbance, and writes down each kill with its moment.
import { setTimeout as delay } from 'node:timers/promises';
import type { Chance } from './chance.js';
import type { DatabaseFacts } from './database-facts.js';
import type { Disturbance } from './disturbance.js';
import type { Fleet } from './fleet.js';
import type { LabNode } from './lab-node.js';
import type { Moment } from './ldap-fault-link.js';
import type { LdapFaultProxy } from './ldap-fault-proxy.js';
import type { Kill } from './recovery.js';

export interface ChaosOptions {
  readonly fleet: Fleet;
  readonly proxy: LdapFaultProxy;
  readonly chance: Chance;
  readonly leaseMs: number;
  readonly facts: Pick<DatabaseFacts, 'disconnect'>;
  readonly restartDatabase: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/** A write comes within this time, or the kill does not wait for one. */
const LONGEST_WAIT_MS = 2_000;

export class Chaos {
  readonly kills: Kill[] = [];
  readonly counts = new Map<string, number>();
  readonly #frozen = new Set<Promise<void>>();

  constructor(private readonly options: ChaosOptions) {}

  /** Ends with the plan or with the signal; what was frozen runs again by then. */
  async run(plan: readonly Disturbance[]): Promise<void> {
    const { chance, fleet, signal } = this.options;
    try {
      for (const [index, disturbance] of plan.entries()) {
        await delay(chance.between(200, 2_500), undefined, { signal });
        // One at least goes on: what is lost has to be found by somebody.
        await fleet.untilServing(Math.min(2, fleet.size), signal);
        await this.#disturb(disturbance);
        this.#count(disturbance);
        this.options.tell(`${index + 1}/${plan.length} ${disturbance}`);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await Promise.all(this.#frozen);
  }

  async #disturb(disturbance: Disturbance): Promise<void> {
    const { chance, fleet, restartDatabase } = this.options;
    switch (disturbance) {
      case 'kill-before-reply':
        return this.#kill(await this.#nodeAt('seen'));
      case 'kill-after-reply': {
        const node = await this.#nodeAt('answered');
        await delay(chance.between(0, 5));
        return this.#kill(node);
      }
      case 'kill-at-random':
        return this.#kill(chance.pick(fleet.serving));
      case 'freeze':
        return this.#freeze(chance.pick(fleet.serving));
      case 'terminate':
        return chance.pick(fleet.serving)?.end('SIGTERM');
      case 'disconnect': {
        const pid = chance.pick(fleet.serving)?.pid;
        return pid === undefined ? undefined : this.options.facts.disconnect(pid);
      }
      case 'restart-database':
        return restartDatabase();
    }
  }

  /** The node whose write comes to this moment next. */
  async #nodeAt(moment: Moment): Promise<LabNode | undefined> {
    const { fleet, proxy, signal } = this.options;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_WAIT_MS)]);
    const write = await proxy.next(moment, limit).catch(() => undefined);
    const node = fleet.withPid(write?.pid);
    if (node === undefined) this.#count('no-write-to-kill-at');
    return node ?? this.options.chance.pick(fleet.serving);
  }

  #kill(node: LabNode | undefined): void {
    const pid = node?.pid;
    if (node === undefined || pid === undefined) return;
    node.end('SIGKILL');
    this.kills.push({ pid, at: Date.now() });
  }

  #freeze(node: LabNode | undefined): void {
    if (node === undefined) return;
    const { leaseMs, chance } = this.options;
    const frozen = node.freeze(leaseMs * chance.between(1.1, 1.6));
    this.#frozen.add(frozen);
    void frozen.finally(() => this.#frozen.delete(frozen));
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}
