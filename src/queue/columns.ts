/** Rows to one array a column, as `unnest` takes them. */
export function columns<Item>(
  items: readonly Item[],
  toRow: (item: Item) => readonly unknown[],
  width: number,
): unknown[][] {
  const rows = items.map(toRow);
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column]));
}
