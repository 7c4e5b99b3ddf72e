import { Injectable } from '@nestjs/common';
import type { OperationKind } from './operation-kind.js';

/** The kinds of operation this process knows; modules register theirs at start. */
@Injectable()
export class OperationKinds {
  readonly #kinds = new Map<string, OperationKind>();

  /** @throws Error when the kind is taken or its name is malformed: the service does not start. */
  register<Payload>(kind: OperationKind<Payload>): void {
    if (!/^[a-z][a-z0-9-]*$/.test(kind.kind))
      throw new Error(`The operation kind ${JSON.stringify(kind.kind)} is not kebab-case.`);
    if (this.#kinds.has(kind.kind))
      throw new Error(`Two handlers claim the operation kind ${kind.kind}: remove one.`);
    this.#kinds.set(kind.kind, kind);
  }

  get(kind: string): OperationKind | undefined {
    return this.#kinds.get(kind);
  }

  /** @throws Error for an unregistered kind: work nobody can do is refused when it is enqueued. */
  require(kind: string): OperationKind {
    const found = this.#kinds.get(kind);
    if (!found) throw new Error(`No module registered the operation kind ${kind}.`);
    return found;
  }

  all(): OperationKind[] {
    return [...this.#kinds.values()];
  }

  names(): string[] {
    return [...this.#kinds.keys()];
  }
}
