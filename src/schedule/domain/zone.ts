// The offset of a time zone at an instant, by the runtime's own IANA data.

/** A time zone; instants, offsets and wall-clock times are milliseconds, a wall-clock time counted as if it were UTC. */
export interface Zone {
  readonly name: string;
  /** What the zone's clocks show at `instant`, minus UTC. */
  offsetAt(instant: number): number;
}

/** The zone of an IANA name such as `Europe/Berlin`, or undefined when the runtime does not know it. */
export function zoneOf(name: string): Zone | undefined {
  // Some runtimes also take offsets such as +01:00: those have no daylight saving and would surprise in March.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
  // Asking the runtime takes a hundred times as long as everything else of a search, which asks for neighbours.
  const known = new Map<number, number>();
  const offsetAt = (instant: number): number => {
    const quarter = Math.floor(instant / QUARTER_OF_AN_HOUR);
    const remembered = known.get(quarter);
    if (remembered !== undefined) return remembered;
    if (known.size >= MOST_REMEMBERED) known.clear();
    const offset = readOffset(format.format(instant));
    known.set(quarter, offset);
    return offset;
  };
  return { name, offsetAt };
}

/** No zone has changed its clocks in the middle of one for half a century. */
const QUARTER_OF_AN_HOUR = 900_000;
const MOST_REMEMBERED = 1_000;

const OFFSET = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/** @param text such as `10/31/2027, GMT+01:00` */
function readOffset(text: string): number {
  const [, sign, hours, minutes, seconds] = OFFSET.exec(text) ?? [];
  if (sign === undefined) return 0;
  const size = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0)) * 1000;
  return sign === '-' ? -size : size;
}
