// Current values against wanted ones: only the difference is written.

export type Value = string | Uint8Array;
export type ValuesByAttribute = Readonly<Record<string, readonly Value[]>>;

export interface WantedAttribute {
  readonly attribute: string;
  readonly values: readonly Value[];
  readonly strategy: 'set' | 'create';
  readonly isMultivalued: boolean;
}

export type Delta =
  | { readonly attribute: string; readonly replace: readonly Value[] }
  | { readonly attribute: string; readonly add: readonly Value[]; readonly remove: readonly Value[] };

/** What must change on an object that exists. Order and case of attribute names do not matter; values are a set. */
export function attributeDeltas(wanted: readonly WantedAttribute[], current: ValuesByAttribute): Delta[] {
  return wanted.flatMap((one): Delta[] => {
    if (one.strategy === 'create') return [];
    const present = valuesOf(current, one.attribute);
    const add = one.values.filter((value) => !includes(present, value));
    const remove = present.filter((value) => !includes(one.values, value));
    if (add.length === 0 && remove.length === 0) return [];
    if (one.isMultivalued) return [{ attribute: one.attribute, add, remove }];
    return [{ attribute: one.attribute, replace: one.values }];
  });
}

/** What a new object gets. */
export function initialAttributes(wanted: readonly WantedAttribute[]): Record<string, readonly Value[]> {
  return Object.fromEntries(
    wanted.filter(({ values }) => values.length > 0).map(({ attribute, values }) => [attribute, values]),
  );
}

/** The values of an attribute, whatever the case the system writes its name in. */
export function valuesOf(attributes: ValuesByAttribute, name: string): readonly Value[] {
  const exact = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (exact) return exact;
  const folded = name.toLowerCase();
  return Object.entries(attributes).find(([key]) => key.toLowerCase() === folded)?.[1] ?? [];
}

export function sameValues(left: readonly Value[], right: readonly Value[]): boolean {
  return left.length === right.length && left.every((value) => includes(right, value));
}

/** Whether two differences between the same wanted attributes and an object are one. */
export function sameDeltas(left: readonly Delta[], right: readonly Delta[]): boolean {
  return left.length === right.length && left.every((one, index) => isSameDelta(one, right[index]));
}

function isSameDelta(left: Delta, right: Delta | undefined): boolean {
  if (right === undefined || left.attribute !== right.attribute) return false;
  if ('replace' in left) return 'replace' in right && sameValues(left.replace, right.replace);
  return 'add' in right && sameValues(left.add, right.add) && sameValues(left.remove, right.remove);
}

function includes(values: readonly Value[], wanted: Value): boolean {
  return values.some((value) => sameValue(value, wanted));
}

function sameValue(left: Value, right: Value): boolean {
  if (typeof left === 'string' || typeof right === 'string') return left === right;
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
