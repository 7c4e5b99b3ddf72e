// The moves of a schedule: what clients, people and misfortune do to the world, one at a time.
import type { NewOperation } from '../../../src/queue/operation-kind.js';
import type { TargetHold } from '../../../src/queue/target.js';
import { openGroup } from '../model/enqueue.js';
import { keyOf, type Operation } from '../model/tables.js';
import { accountOperation, decision, PROMPT_TARGET, single, SLOW_TARGET } from './kinds.js';
import type { Simulation } from './simulation.js';

const ACCOUNTS = ['p1', 'p2', 'p3', 's1', 's2', 's3'] as const;
const HOLDS: readonly TargetHold[] = ['disabled', 'maintenance', 'readonly', 'restored'];
const THREE_HOURS_MS = 10_800_000;

type Move = readonly [weight: number, move: () => void];

export class Driver {
  readonly #moves: readonly Move[];
  readonly #total: number;
  #notes = 0;

  constructor(private readonly simulation: Simulation) {
    const isPoisonous = simulation.random.chance(0.15);
    this.#moves = [
      [30, () => this.#enqueueChanges()],
      [8, () => this.#enqueueDecision()],
      [6, () => this.#enqueueNotice()],
      [6, () => this.#enqueueGroup()],
      [6, () => this.#enqueueWaiter()],
      [isPoisonous ? 2 : 0, () => this.#enqueuePoison()],
      [5, () => this.#retry()],
      [4, () => this.#cancel()],
      [3, () => this.#hold()],
      [4, () => this.#lift()],
      [3, () => this.#switchMode()],
      [3, () => this.#crash()],
      [2, () => this.#freeze()],
      [3, () => this.#restart()],
      [2, () => this.#jump()],
      [2, () => this.#loseDatabase()],
      [3, () => this.#loseTarget()],
    ];
    this.#total = this.#moves.reduce((sum, [weight]) => sum + weight, 0);
  }

  /** One move, and how long until the next one. */
  step(): number {
    const { random } = this.simulation;
    let left = random.draw() * this.#total;
    for (const [weight, move] of this.#moves) {
      left -= weight;
      if (left >= 0) continue;
      move();
      break;
    }
    const pace = random.draw();
    if (pace < 0.7) return random.between(0, 200);
    return pace < 0.95 ? random.between(200, 3_000) : random.between(3_000, 30_000);
  }

  #note(): string {
    this.#notes += 1;
    return `#${this.#notes}`;
  }

  #change(): NewOperation {
    const { random } = this.simulation;
    const verb = random.pick(['append', 'append', 'match', 'match', 'match', 'delete'] as const);
    const operation = accountOperation(this.#note(), random.pick(ACCOUNTS), verb);
    return random.chance(0.1) ? { ...operation, priority: 'urgent' } : operation;
  }

  #some<Item>(least: number, most: number, make: () => Item): Item[] {
    return Array.from({ length: this.simulation.random.between(least, most) }, make);
  }

  #enqueueChanges(): void {
    const { random } = this.simulation;
    const changes = this.#some(1, random.chance(0.2) ? 6 : 2, () => this.#change());
    const broken = {
      kind: random.pick(['transient', 'permanent'] as const),
      code: 'not-computed',
      message: 'No value.',
    };
    this.simulation.enqueue(() =>
      changes.map((change, index) =>
        index === 0 && random.chance(0.03) ? { ...change, failure: broken } : change,
      ),
    );
  }

  #decision(): NewOperation {
    const { random } = this.simulation;
    const accounts = this.#some(0, 3, () => random.pick(ACCOUNTS));
    return decision(this.#note(), random.pick(['a', 'b', 'c']), accounts);
  }

  #enqueueDecision(): void {
    const made = this.#decision();
    this.simulation.enqueue(() => [made]);
  }

  #enqueueNotice(): void {
    const made = single('notice', this.#note());
    this.simulation.enqueue(() => [made]);
  }

  #enqueuePoison(): void {
    const made = single('poison', this.#note());
    this.simulation.enqueue(() => [made]);
  }

  #enqueueGroup(): void {
    const { random, tables } = this.simulation;
    const members = this.#some(0, 4, () => (random.chance(0.3) ? this.#decision() : this.#change()));
    const follow = single('follow', this.#note());
    this.simulation.enqueue(() => {
      const { id } = openGroup(tables);
      return [
        ...members.map((member) => ({ ...member, groups: [id] })),
        { ...follow, waitsFor: { group: id } },
      ];
    });
  }

  #enqueueWaiter(): void {
    const awaited = this.#anyWaiting();
    // What waits for a whole group must not stand where the group's own work comes to stand: whoever enqueues sees to it.
    if (!awaited || awaited.kind === 'follow') return;
    const { laneId, seq } = awaited;
    const change = this.#change();
    const lane = this.simulation.tables.laneOf.get(change.lane);
    if (lane?.id === laneId) return;
    this.simulation.enqueue(() => [{ ...change, waitsFor: { laneId, seq } }]);
  }

  #retry(): void {
    const { people, tables, journal, story, random } = this.simulation;
    const parked = people.parked();
    const head =
      parked.length > 0 && random.chance(0.8)
        ? tables.headOf(random.pick(parked).id)
        : tables.headOf(this.#anyWaiting()?.laneId ?? 0);
    if (!head) return;
    void this.simulation.change(() => {
      if (!people.move('retry', head)) return;
      journal.onRetried(head);
      story.tell(keyOf(head), () => `somebody retries ${keyOf(head)}`);
    });
  }

  #cancel(): void {
    const { people, story } = this.simulation;
    const operation = this.#anyWaiting();
    if (!operation) return;
    void this.simulation.change(() => {
      if (people.move('cancel', operation))
        story.tell(keyOf(operation), () => `somebody cancels ${keyOf(operation)}`);
    });
  }

  #hold(): void {
    const { people, random, story } = this.simulation;
    const [target, hold] = [random.pick([PROMPT_TARGET, SLOW_TARGET]), random.pick(HOLDS)];
    story.tell(null, () => `target ${target} is held: ${hold}`);
    void this.simulation.change(() => people.setHold(target, hold));
  }

  #lift(): void {
    const { people, tables, story } = this.simulation;
    for (const { id, hold } of tables.targets.values()) {
      if (hold === null) continue;
      story.tell(null, () => `target ${id} is held no more`);
      void this.simulation.change(() => people.setHold(id, null));
      return;
    }
  }

  #switchMode(): void {
    const { people, tables, story } = this.simulation;
    const { mode } = tables.target(SLOW_TARGET);
    const next = mode === 'asynchronous' ? 'synchronous' : 'asynchronous';
    story.tell(null, () => `target ${SLOW_TARGET} becomes ${next}`);
    void this.simulation.change(() => people.setMode(SLOW_TARGET, next));
  }

  #crash(): void {
    const { nodes, random, chaos, story } = this.simulation;
    if (!chaos.strikes('process-crash')) return;
    const { process } = random.pick(nodes);
    story.tell(null, () => `${process.name} is killed`);
    process.crash();
  }

  #freeze(): void {
    const { nodes, random, chaos, story } = this.simulation;
    if (!chaos.strikes('process-freeze')) return;
    const { process } = random.pick(nodes);
    const milliseconds = random.between(500, 60_000);
    story.tell(null, () => `${process.name} is frozen for ${milliseconds} ms`);
    process.freeze(milliseconds);
  }

  #restart(): void {
    const { nodes, random, chaos, story } = this.simulation;
    if (!chaos.strikes('process-restart')) return;
    const node = random.pick(nodes);
    story.tell(null, () => `${node.process.name} is asked to stop`);
    // It exits once it has stopped; the supervisor starts another.
    void node.stop().then(() => node.process.crash());
  }

  #jump(): void {
    const { nodes, random, chaos } = this.simulation;
    if (!chaos.strikes('clock-jump')) return;
    random.pick(nodes).process.skewMs += random.between(-THREE_HOURS_MS, THREE_HOURS_MS);
  }

  #loseDatabase(): void {
    const { random, chaos, scheduler, story } = this.simulation;
    if (!this.simulation.isDatabaseUp || !chaos.strikes('database-away')) return;
    const milliseconds = random.between(200, 40_000);
    story.tell(null, () => `the database is away for ${milliseconds} ms`);
    this.simulation.isDatabaseUp = false;
    scheduler.at(milliseconds, () => {
      this.simulation.isDatabaseUp = true;
    });
  }

  #loseTarget(): void {
    const { random, chaos, scheduler, systems, story } = this.simulation;
    if (!chaos.strikes('target-down')) return;
    const [id, system] = random.pick([...systems]);
    const milliseconds = random.between(500, 60_000);
    story.tell(null, () => `the system of target ${id} is down for ${milliseconds} ms`);
    system.isDown = true;
    scheduler.at(milliseconds, () => {
      system.isDown = false;
    });
  }

  #anyWaiting(): Operation | null {
    const { tables, random } = this.simulation;
    const lanes = [...tables.operations.values()].filter((operations) => operations.length > 0);
    return lanes.length === 0 ? null : random.pick(random.pick(lanes));
  }
}
