const COUNTED = [
  'identities',
  'roles',
  'photos',
  'assignments',
  'systems',
  'mappings',
  'roleMappings',
] as const;

export type Counted = (typeof COUNTED)[number];
export type DemoCounts = Readonly<Record<Counted, number>>;

/** Counts what was there and what was made. */
export class DemoTally {
  readonly created = zero();
  readonly present = zero();

  count(what: Counted, happened: 'created' | 'present', number = 1): void {
    this[happened][what] += number;
  }
}

function zero(): Record<Counted, number> {
  return Object.fromEntries(COUNTED.map((what) => [what, 0])) as Record<Counted, number>;
}
