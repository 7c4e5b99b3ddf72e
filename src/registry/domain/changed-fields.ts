/** Which fields a change gives another value; fields that are absent or undefined stay as they are. */
export function changedFields<Fields extends object>(
  current: Fields,
  wanted: { readonly [Key in keyof Fields]?: Fields[Key] | undefined },
): Partial<Fields> {
  const changed: Partial<Fields> = {};
  for (const key of Object.keys(wanted) as (keyof Fields)[]) {
    const value = wanted[key];
    if (value !== undefined && value !== current[key]) changed[key] = value;
  }
  return changed;
}

/** The current values of the fields that `changed` names. */
export function valuesBefore<Fields extends object>(
  current: Fields,
  changed: Partial<Fields>,
): Partial<Fields> {
  const before: Partial<Fields> = {};
  for (const key of Object.keys(changed) as (keyof Fields)[]) before[key] = current[key];
  return before;
}
