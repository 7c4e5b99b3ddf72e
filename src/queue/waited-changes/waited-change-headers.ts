// What an answer says about the work that follows from its change, as structured fields (RFC 9651).
import type { GroupCounts } from '../groups.service.js';

type HeaderName = 'preference-applied' | 'provost-group' | 'provost-waiting' | 'link';

export interface WaitedChangeEnd {
  readonly waitSeconds: number;
  /** Null when nothing follows from the change. */
  readonly groupId: number | null;
  /** Null when the database did not say. */
  readonly counts: GroupCounts | null;
  /** Why what is open may stay so. */
  readonly reasons: readonly string[];
}

/** `Provost-Group: 17; open=1; failed=0; total=2`, or `none`. */
export function waitedChangeHeaders({
  waitSeconds,
  groupId,
  counts,
  reasons,
}: WaitedChangeEnd): Partial<Record<HeaderName, string>> {
  const applied = { 'preference-applied': `wait=${waitSeconds}` };
  if (groupId === null) return { ...applied, 'provost-group': 'none' };
  const figures =
    counts === null ? '' : `; open=${counts.open}; failed=${counts.failed}; total=${counts.total}`;
  return {
    ...applied,
    'provost-group': `${groupId}${figures}`,
    ...(reasons.length > 0 ? { 'provost-waiting': reasons.map(toStructuredString).join(', ') } : {}),
    link: `</api/v1/groups/${groupId}>; rel="monitor"`,
  };
}

/** A string as structured fields have it: printable ASCII in quotes. */
function toStructuredString(text: string): string {
  const ascii = text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, String.raw`\$&`);
  return `"${ascii}"`;
}
