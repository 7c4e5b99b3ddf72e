// What the place that is written to can show.
import type { CliEnvironment, TerminalWritable } from '../environment.js';

export type Tone = 'strong' | 'good' | 'warning' | 'bad' | 'faint';

export interface Style {
  /** Columns of the terminal; undefined when it is none and lines may be as long as they are. */
  readonly width: number | undefined;
  /** Milliseconds since 1970, for relative times. */
  readonly now: number;
  /** `text`, which is safe already, in colour where there are colours. */
  paint(tone: Tone | undefined, text: string): string;
}

const SGR: Readonly<Record<Tone, string>> = { strong: '1', good: '32', warning: '33', bad: '31', faint: '2' };

/** Colours only on a terminal that has them, and not with NO_COLOR (https://no-color.org). */
export function styleOf(stream: TerminalWritable, { variables, now }: CliEnvironment): Style {
  const hasColours = stream.isTTY === true && !variables['NO_COLOR'] && variables['TERM'] !== 'dumb';
  return {
    width: stream.isTTY === true ? stream.columns : undefined,
    now: now(),
    paint: (tone, text) => (hasColours && tone !== undefined ? `\u001b[${SGR[tone]}m${text}\u001b[0m` : text),
  };
}
