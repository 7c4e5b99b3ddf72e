// Reads a source once before the parser does. The parser reports a forgotten bracket or quote where it gave up, and stops
// at most comments: this finds the former where they were opened, and blanks the latter.
import { limits } from './limits.js';

const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

export interface SourceFault {
  offset: number;
  message: string;
}

/** The source without comments, every offset as it was; or its first bracket or quote that has no partner. */
export function scanSource(source: string): { fault: SourceFault } | { text: string } {
  const open: { offset: number; bracket: string }[] = [];
  let text = source;
  for (let at = 0; at < source.length; at += 1) {
    const character = source.charAt(at);
    if (character === '/' && source.charAt(at + 1) === '/') {
      const newline = source.indexOf('\n', at);
      const end = newline < 0 ? source.length : newline;
      text = text.slice(0, at) + ' '.repeat(end - at) + text.slice(end);
      at = end;
    } else if (character === '"' || character === "'") {
      const end = endOfText(source, at);
      if (end === undefined)
        return fault(at, `The text that starts here is not closed. Add ${character} at its end.`);
      at = end;
    } else if (character in closers) {
      open.push({ offset: at, bracket: character });
      if (open.length > limits.depth)
        return fault(at, `Brackets are nested more than ${limits.depth} deep. Split the expression.`);
    } else if (character === ')' || character === ']' || character === '}') {
      const last = open.pop();
      if (last === undefined)
        return fault(at, `“${character}” closes nothing. Remove it, or add its opening bracket.`);
      const { [last.bracket]: wanted = '' } = closers;
      if (wanted !== character)
        return fault(
          at,
          `“${character}” does not close “${last.bracket}” of column ${columnOf(source, last.offset)}. Put “${wanted}” before it.`,
        );
    }
  }
  const last = open.pop();
  return last
    ? fault(last.offset, `“${last.bracket}” is never closed. Add “${closers[last.bracket]}”.`)
    : { text };
}

function fault(offset: number, message: string): { fault: SourceFault } {
  return { fault: { offset, message } };
}

/** The offset of the last quote of the text that opens at `start`; undefined when there is none. */
function endOfText(source: string, start: number): number | undefined {
  const quote = source.charAt(start);
  const delimiter = source.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote;
  const raw = /[rR][bB]?$/u.test(source.slice(Math.max(0, start - 2), start));
  for (let at = start + delimiter.length; at < source.length; at += 1) {
    if (source.startsWith(delimiter, at)) return at + delimiter.length - 1;
    if (source.charAt(at) === '\\' && !raw) at += 1;
    else if (source.charAt(at) === '\n' && delimiter.length === 1) return undefined;
  }
  return undefined;
}

function columnOf(source: string, offset: number): number {
  return offset - source.lastIndexOf('\n', offset - 1);
}
