// Reads what the directory wrote down: entries of slapo-accesslog and of people, as plain rows.

/** An account is named by its person and by the change that named it: uid=p17-42. */
export interface AccountName {
  readonly person: number;
  readonly change: number;
}

/** A write in the words of the server. */
export interface WitnessedWrite {
  /** Its place in the log: grows with every write. */
  readonly at: string;
  readonly kind: 'add' | 'modify' | 'rename' | 'delete';
  readonly dn: string;
  readonly account: AccountName | null;
  /** Where a rename led. */
  readonly becomes: AccountName | null;
  /** Markers that it brought: the number of the change whose values they are. */
  readonly markers: readonly number[];
  /** 0: done. */
  readonly result: number;
}

export interface AccountEntry {
  readonly login: string;
  readonly title: string;
  readonly mail: string;
}

type Attributes = Readonly<Record<string, unknown>>;

const KINDS: Readonly<Record<string, WitnessedWrite['kind']>> = {
  add: 'add',
  modify: 'modify',
  modrdn: 'rename',
  delete: 'delete',
};

export function toWitnessedWrite(entry: Attributes): WitnessedWrite {
  const kind = KINDS[text(entry, 'reqType')];
  if (kind === undefined) throw new Error(`The log holds a write of the kind ${text(entry, 'reqType')}.`);
  return {
    at: text(entry, 'reqStart'),
    kind,
    dn: text(entry, 'reqDN'),
    account: accountNameOf(text(entry, 'reqDN')),
    becomes: accountNameOf(text(entry, 'reqNewDN')),
    markers: values(entry, 'reqMod').flatMap((change) => {
      const marker = /^title:[+=] m(\d+)$/.exec(change)?.[1];
      return marker === undefined ? [] : [Number(marker)];
    }),
    result: Number(text(entry, 'reqResult')),
  };
}

export function toAccountEntry(entry: Attributes): AccountEntry {
  return { login: text(entry, 'uid'), title: text(entry, 'title'), mail: text(entry, 'mail') };
}

/** Null for what is no account of the workload. */
export function accountNameOf(dn: string): AccountName | null {
  const [, person, change] = /^(?:uid=)?p(\d+)-(\d+)(?:,|$)/.exec(dn) ?? [];
  return person === undefined ? null : { person: Number(person), change: Number(change) };
}

function text(entry: Attributes, name: string): string {
  return values(entry, name)[0] ?? '';
}

function values(entry: Attributes, name: string): readonly string[] {
  const value = entry[name];
  return value === undefined ? [] : [value].flat().map(String);
}
