// A change of the registry as durable work: one operation per subscriber, in the transaction that makes the change.
// So nothing below knows what is above, and nothing is lost between a change and its consequences.
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Transaction } from '../platform/database/index.js';
import type { Actor } from '../platform/http/index.js';
import type { EnqueueChild, OperationKind } from './operation-kind.js';
import { OperationKinds } from './operation-kinds.js';
import { Queue } from './queue.service.js';
import { DATABASE_TARGET } from './target.js';

export interface DurableEvent {
  /** What kind of object changed, such as `identity`. */
  readonly topic: string;
  readonly id: string;
  readonly actor: Actor;
}

export interface Subscriber {
  /** Stored in rows as the operation's kind: never renamed. */
  readonly name: string;
  readonly topics: readonly string[];
  /** Whether it looks at the newest state only, so that a newer change stands for older ones it has not seen yet. */
  readonly seesNewestOnly: boolean;
  /**
   * Decides what follows from the change, reading the newest state in `transaction`; children and rows
   * commit together with the event's own end. Returns one line for people.
   */
  decide(event: DurableEvent, transaction: Transaction, enqueue: EnqueueChild): Promise<string>;
}

const eventPayload = z.strictObject({ topic: z.string(), id: z.string() });
const ANNOUNCED = Symbol('announced events');

@Injectable()
export class DurableEvents {
  readonly #subscribers: Subscriber[] = [];

  constructor(
    private readonly queue: Queue,
    private readonly kinds: OperationKinds,
  ) {}

  /** Registers a subscriber at start; its kind of operation is its name. */
  subscribe(subscriber: Subscriber): void {
    this.kinds.register(toKind(subscriber));
    this.#subscribers.push(subscriber);
  }

  /** Gives every subscriber of the topic its operation; the same object is announced once a transaction. */
  announce(transaction: Transaction, event: DurableEvent): void {
    const announced = transaction.note(ANNOUNCED, () => new Set<string>());
    const key = `${event.topic}:${event.id}`;
    if (announced.has(key)) return;
    announced.add(key);
    for (const operation of this.operationsFor(event)) this.queue.enqueue(transaction, operation);
  }

  /** The operations an event becomes: for a subscriber that passes a change on to many objects as children. */
  operationsFor(event: DurableEvent): Parameters<EnqueueChild>[0][] {
    return this.#subscribers
      .filter(({ topics }) => topics.includes(event.topic))
      .map(({ name, seesNewestOnly }) => ({
        lane: `${event.topic}:${event.id}:${name}`,
        targetId: DATABASE_TARGET,
        kind: name,
        subject: `${event.topic} ${event.id} changed`,
        payload: { topic: event.topic, id: event.id },
        actor: event.actor,
        ...(seesNewestOnly ? { supersession: 'state' as const } : {}),
      }));
  }
}

function toKind(subscriber: Subscriber): OperationKind<z.infer<typeof eventPayload>> {
  return {
    kind: subscriber.name,
    payload: eventPayload,
    whenExhausted: 'park',
    retryGate: 'claim',
    run: async ({ operation }) => ({
      kind: 'executed',
      summary: 'decided',
      settle: (transaction, enqueue) =>
        subscriber.decide({ ...operation.payload, actor: operation.actor }, transaction, enqueue),
    }),
  };
}
