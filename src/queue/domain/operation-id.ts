/** Where an operation is: its lane and its place in it. */
export interface OperationRef {
  readonly laneId: number;
  readonly seq: number;
}

/** The public id: lane and sequence in one string, such as `o41-7`. */
export function toOperationId({ laneId, seq }: OperationRef): string {
  return `o${laneId}-${seq}`;
}

/** Null when the text is no operation id. */
export function fromOperationId(id: string): OperationRef | null {
  const match = /^o([1-9]\d{0,14})-([1-9]\d{0,14})$/.exec(id);
  return match ? { laneId: Number(match[1]), seq: Number(match[2]) } : null;
}
