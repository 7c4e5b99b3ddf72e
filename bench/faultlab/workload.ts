// Changes people over the API, one after the other for each of them, many side by side, until it is told to stop.
import { setTimeout as delay } from 'node:timers/promises';
import type { Chance } from './chance.js';
import type { Journal } from './journal.js';
import type { LabAnswer, LabApi } from './lab-api.js';
import {
  changed,
  type ChangeKind,
  newPerson,
  nextChange,
  type Person,
  valuesOf,
  wantedAccount,
} from './person.js';

export interface WorkloadOptions {
  readonly api: LabApi;
  readonly journal: Journal;
  readonly chance: Chance;
  readonly roleId: string;
  readonly roleCode: string;
  readonly people: number;
  /** Changes that are asked for at the same time. */
  readonly drivers: number;
  /** Whether so much waits already that more would only pile up. */
  readonly isFull: () => boolean;
}

const PAUSE_MS = 50;

interface Known {
  person: Person;
  id: string;
}

export class Workload {
  readonly #idle: Known[] = [];
  readonly #unborn: Known[] = [];
  #last = 0;
  #isOver = false;

  constructor(private readonly options: WorkloadOptions) {
    while (this.#unborn.length < options.people) this.#unborn.push(this.#nextOne());
  }

  /** How many people were created so far. */
  get created(): number {
    return this.#last - this.#unborn.length;
  }

  /** Ends when told to, with every change that was begun acknowledged. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.options.drivers }, () => this.#drive()));
  }

  stop(): void {
    this.#isOver = true;
  }

  async #drive(): Promise<void> {
    const { chance, isFull } = this.options;
    while (!this.#isOver) {
      const one = isFull() ? undefined : this.#take(chance.draw());
      if (one === undefined) {
        await delay(PAUSE_MS);
        continue;
      }
      const kind = nextChange(one.person, chance.draw());
      if (kind !== null) await this.#change(one, kind);
      if (one.person.standing === 'gone') this.#unborn.push(this.#nextOne());
      else this.#idle.push(one);
    }
  }

  /** Nobody is changed twice at the same time: what was acknowledged has an order. */
  #take(draw: number): Known | undefined {
    return this.#unborn.shift() ?? this.#idle.splice(Math.floor(draw * this.#idle.length), 1)[0];
  }

  #nextOne(): Known {
    this.#last += 1;
    return { person: newPerson(this.#last), id: '' };
  }

  async #change(one: Known, kind: ChangeKind): Promise<void> {
    const person = changed(one.person, kind);
    const requestId = `faultlab-${person.number}-${person.change}`;
    const answer = await this.#ask(kind, person, one.id, requestId);
    if (kind === 'create') one.id = String(answer.body['id']);
    one.person = person;
    await this.options.journal.add({
      requestId,
      person: person.number,
      change: person.change,
      kind,
      wanted: wantedAccount(person),
    });
  }

  #ask(kind: ChangeKind, person: Person, id: string, requestId: string): Promise<LabAnswer> {
    const { api, roleId } = this.options;
    const { title, mail: email } = valuesOf(person);
    const headers = { 'x-request-id': requestId };
    const path = `/api/v1/identities/${id}`;
    const role = `${path}/roles/${roleId}`;
    switch (kind) {
      case 'create':
        return this.#create(person, { ...headers, 'idempotency-key': requestId });
      case 'modify':
        return api.send({ method: 'PATCH', path, body: { title, email }, headers });
      case 'rename':
        return api.send({ method: 'PATCH', path, body: { login: person.login, title, email }, headers });
      case 'grant':
        return api.send({ method: 'PUT', path: role, headers });
      case 'revoke':
        return api.send({ method: 'DELETE', path: role, headers });
      case 'remove':
        // An earlier try, whose answer was lost, may have done it.
        return api.send({ method: 'DELETE', path, headers }, [404]);
    }
  }

  async #create(person: Person, headers: Readonly<Record<string, string>>): Promise<LabAnswer> {
    const { api, roleCode } = this.options;
    const { login } = person;
    const { title, mail: email } = valuesOf(person);
    const body = {
      login,
      givenName: 'Person',
      surname: String(person.number),
      title,
      email,
      roles: [roleCode],
    };
    for (;;) {
      const answer = await api.send({ method: 'POST', path: '/api/v1/identities', body, headers }, [409]);
      if (answer.status !== 409) return answer;
      // It is being carried out, or was and its answer is lost: then there is somebody of that name.
      const found = await api.send({ method: 'GET', path: `/api/v1/identities?login=${login}` });
      const [identity] = found.body['items'] as readonly Readonly<Record<string, unknown>>[];
      if (identity !== undefined) return { status: 201, body: identity };
      await delay(PAUSE_MS);
    }
  }
}
