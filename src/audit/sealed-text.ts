// The text of a record that is sealed: RFC 8785 of exactly what can be read back, every column as PostgreSQL's own text.
import serialize from 'canonicalize';

/** A record as it is sealed. JSON documents stay the text they are: parsing would round long numbers. */
export interface RecordText {
  readonly id: string;
  readonly transaction_id: string;
  readonly recorded_at: string;
  readonly actor: string;
  readonly request_id: string | null;
  readonly operation: string | null;
  readonly action: string;
  readonly object_type: string;
  readonly object_id: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Its declarations put the function where its module does not have it. */
const canonicalize = serialize as unknown as (value: object) => string | undefined;

export function sealedText(record: RecordText): string {
  return canonical({
    id: record.id,
    transaction_id: record.transaction_id,
    recorded_at: record.recorded_at,
    actor: record.actor,
    request_id: record.request_id,
    operation: record.operation,
    action: record.action,
    object_type: record.object_type,
    object_id: record.object_id,
    before: record.before,
    after: record.after,
  });
}

/** RFC 8785 of something that is a JSON value. */
export function canonical(value: object): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('There is no JSON for this value.');
  return text;
}

/** The text as it would be for another id. */
export function withId(text: string, recordId: number): string {
  return canonical({ ...(JSON.parse(text) as RecordText), id: String(recordId) });
}
