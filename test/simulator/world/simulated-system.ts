// A system that accounts are kept on, reached over a network that loses requests and replies.
import type { FailureClass } from '../../../src/queue/domain/outcome.js';
import type { TargetSign } from '../../../src/queue/domain/target-flow.js';
import type { Chaos } from '../engine/chaos.js';
import type { Random } from '../engine/random.js';
import type { Scheduler } from '../engine/scheduler.js';
import type { SimulatedProcess } from '../engine/simulated-process.js';

export interface Account {
  /** Of the state it was last given; null when it was given none, or is deleted. */
  version: number | null;
  log: readonly string[];
}

export type Change =
  | { readonly verb: 'append'; readonly entry: string }
  | { readonly verb: 'match'; readonly version: number }
  | { readonly verb: 'delete' };

export interface Request {
  readonly account: string;
  /** The operation that sends it, as lane and sequence. */
  readonly operation: string;
  readonly change: Change;
}

/** The system said no, or nothing. */
export class SystemError extends Error {
  constructor(
    readonly kind: FailureClass,
    readonly code: string,
    readonly sign?: Exclude<TargetSign, 'answered'>,
  ) {
    super(`the system: ${code}`);
  }
}

export interface Observer {
  onSent(process: SimulatedProcess, request: Request): void;
  onApplied(request: Request): void;
  /** It will never arrive. */
  onDropped(request: Request): void;
}

interface Call<Answer> {
  readonly process: SimulatedProcess;
  readonly signal: AbortSignal;
  readonly answer: () => Answer;
}

export class SimulatedSystem {
  isDown = false;
  readonly #accounts = new Map<string, Account>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly random: Random,
    private readonly chaos: Chaos,
    private readonly observer: Observer,
  ) {}

  account(id: string): Account {
    return this.#accounts.get(id) ?? { version: null, log: [] };
  }

  read(process: SimulatedProcess, id: string, signal: AbortSignal): Promise<Account> {
    return this.#call({ process, signal, answer: () => this.account(id) }, () => {
      if (this.isDown) throw new SystemError('transient', 'unreachable', 'in-trouble');
    });
  }

  /** Resolves once the system said that it is done. @throws SystemError; the signal's reason */
  write(process: SimulatedProcess, request: Request, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.observer.onSent(process, request);
    let isOver = false;
    const arrive = (isLost: boolean): void => {
      if (isOver) return;
      isOver = true;
      if (isLost) this.observer.onDropped(request);
      else this.#apply(request);
    };
    // Who gives up closes the connection: what has arrived by then counts, and nothing arrives later.
    signal.addEventListener('abort', () => arrive(this.random.chance(0.5)), { once: true });
    return this.#call({ process, signal, answer: () => undefined }, () => {
      try {
        if (isOver) return;
        this.#refuse();
        if (this.chaos.strikes('request-swallowed'))
          throw new SystemError('unknown', 'no-answer', 'in-trouble');
      } catch (error) {
        arrive(true);
        throw error;
      }
      arrive(!process.isAlive && this.random.chance(0.5));
      if (this.chaos.strikes('reply-swallowed')) throw new SystemError('unknown', 'no-answer', 'in-trouble');
    });
  }

  #refuse(): void {
    if (this.isDown) throw new SystemError('transient', 'unreachable', 'in-trouble');
    if (this.chaos.strikes('target-busy')) throw new SystemError('transient', 'busy', 'in-trouble');
    if (this.chaos.strikes('target-asks-for-less'))
      throw new SystemError('transient', 'too-many', 'asks-for-less');
    if (!this.chaos.strikes('target-refuses')) return;
    const refusals = [
      new SystemError('permanent', 'refused'),
      new SystemError('conflict', 'foreign-object'),
      new SystemError('configuration', 'no-right'),
      new SystemError('configuration', 'wrong-password', 'misconfigured'),
    ];
    throw this.random.pick(refusals);
  }

  /** @param arrive what happens when the request is there; throws what is answered instead */
  #call<Answer>({ process, signal, answer }: Call<Answer>, arrive: () => void): Promise<Answer> {
    const { scheduler, random } = this;
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      const hangs = this.chaos.strikes('target-hangs');
      const there = random.between(1, hangs ? 2_000 : 60);
      scheduler.at(there, () => {
        const back = random.between(1, 40);
        const reply = (give: () => void): void => {
          if (!hangs) scheduler.at(back, give, process);
          else if (random.chance(0.5)) scheduler.at(random.between(100, 15_000), give, process);
        };
        try {
          arrive();
          const given = answer();
          reply(() => resolve(given));
        } catch (error) {
          reply(() => reject(error));
        }
      });
    });
  }

  #apply(request: Request): void {
    const { version, log } = this.account(request.account);
    const { change } = request;
    this.#accounts.set(
      request.account,
      change.verb === 'append'
        ? { version, log: [...log, change.entry] }
        : change.verb === 'match'
          ? { version: change.version, log }
          : { version: null, log: [] },
    );
    this.observer.onApplied(request);
  }
}
