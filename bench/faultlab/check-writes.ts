// Nothing was done twice, and nothing out of order: read from the directory's own log, account by account.
import type { Violation } from './violation.js';
import type { WitnessedWrite } from './witness-log.js';

interface Account {
  isThere: boolean;
  /** The newest marker that was written, in this life or an earlier one. */
  marker: number;
  /** Whether `marker` was written in this life. */
  isMarkedHere: boolean;
  /** The change that gave it its name. */
  name: number;
}

/** @param writes in the order of the log; those that the server refused have changed nothing */
export function checkWrites(writes: readonly WitnessedWrite[]): Violation[] {
  const accounts = new Map<number, Account>();
  return writes
    .filter(({ result }) => result === 0)
    .flatMap((write) => {
      const person = write.account?.person;
      if (person === undefined)
        return [{ invariant: 'I2', story: `${storyOf(write)}: no change asked for it.` } as const];
      const account = accounts.get(person) ?? { isThere: false, marker: 0, isMarkedHere: false, name: 0 };
      accounts.set(person, account);
      return apply(account, write).map(({ invariant, why }): Violation => ({
        invariant,
        person,
        story: `${storyOf(write)}: ${why}`,
      }));
    });
}

type Fault = { readonly invariant: 'I2' | 'I3'; readonly why: string };

function apply(account: Account, write: WitnessedWrite): Fault[] {
  switch (write.kind) {
    case 'add': {
      const wasThere = account.isThere;
      Object.assign(account, { isThere: true, isMarkedHere: wasThere && account.isMarkedHere });
      return [
        ...(wasThere ? [fault('I2', 'the account was there already, under another name.')] : []),
        ...rename(account, write.account?.change ?? 0, 'may-stay'),
        ...mark(account, write),
      ];
    }
    case 'modify':
      return mark(account, write);
    case 'rename':
      return rename(account, write.becomes?.change ?? 0, 'must-grow');
    case 'delete':
      Object.assign(account, { isThere: false, isMarkedHere: false });
      return [];
  }
}

/** A new life may begin with the marker that ended the last one; otherwise each is written once, and they ascend. */
function mark(account: Account, { markers }: WitnessedWrite): Fault[] {
  const [marker] = markers;
  if (marker === undefined) return [fault('I2', 'it brings the values of no change.')];
  const faults =
    marker < account.marker
      ? [fault('I3', `the values of change ${account.marker} were there before.`)]
      : marker === account.marker && account.isMarkedHere
        ? [fault('I2', 'these values were written before.')]
        : [];
  Object.assign(account, { marker: Math.max(marker, account.marker), isMarkedHere: true });
  return faults;
}

function rename(account: Account, name: number, rule: 'may-stay' | 'must-grow'): Fault[] {
  const faults =
    name < account.name
      ? [fault('I3', `the name of change ${account.name} was there before.`)]
      : name === account.name && rule === 'must-grow'
        ? [fault('I2', 'it had this name before.')]
        : [];
  account.name = Math.max(name, account.name);
  return faults;
}

function fault(invariant: Fault['invariant'], why: string): Fault {
  return { invariant, why };
}

function storyOf({ at, kind, dn, becomes, markers }: WitnessedWrite): string {
  const to = becomes === null ? '' : ` to p${becomes.person}-${becomes.change}`;
  const values = markers.length === 0 ? '' : ` with m${markers.join(', m')}`;
  return `${at} ${kind} ${dn}${to}${values}`;
}
