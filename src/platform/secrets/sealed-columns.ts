// Every column that holds sealed values: what the replacement of a key goes through. Modules add theirs where they seal.

export interface SealedColumn {
  readonly table: string;
  /** The column that is the primary key. */
  readonly key: string;
  readonly column: string;
  /** The place that a value is sealed for. @param id the primary key as text */
  readonly place: (id: string) => string;
  /** The row is made again by itself when it is absent: it is deleted when the key it was sealed with is lost. */
  readonly isMadeAgain?: boolean;
}

const columns = new Map<string, SealedColumn>();

export const SealedColumns = {
  add(column: SealedColumn): void {
    columns.set(`${column.table}.${column.column}`, column);
  },

  all(): readonly SealedColumn[] {
    return [...columns.values()];
  },
};
