// The nodes of one service, and what is known of all of them.
import { setTimeout as delay } from 'node:timers/promises';
import { LabNode, type UnwantedEnd } from './lab-node.js';
import { portsOf } from './process-ports.js';

const POLL_MS = 20;

export class Fleet {
  readonly #nodes: readonly LabNode[];

  constructor(count: number, env: (node: number) => Readonly<Record<string, string>>, folder: string) {
    this.#nodes = Array.from({ length: count }, (_, index) => new LabNode(index + 1, env(index + 1), folder));
    for (const node of this.#nodes) node.start();
  }

  /** Nodes that answer. */
  get serving(): readonly LabNode[] {
    return this.#nodes.filter(({ url }) => url !== undefined);
  }

  get size(): number {
    return this.#nodes.length;
  }

  get unwantedEnds(): readonly UnwantedEnd[] {
    return this.#nodes.flatMap(({ unwantedEnds }) => unwantedEnds);
  }

  withPid(pid: number | undefined): LabNode | undefined {
    return pid === undefined ? undefined : this.serving.find((node) => node.pid === pid);
  }

  /** The process that holds a TCP port. */
  ownerOf(port: number): number | undefined {
    return this.serving.flatMap(({ pid }) => pid ?? []).find((pid) => portsOf(pid).has(port));
  }

  /** @throws when the signal ends the wait */
  async untilServing(count: number, signal: AbortSignal): Promise<void> {
    while (this.serving.length < count) await delay(POLL_MS, undefined, { signal });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.stop()));
  }
}
