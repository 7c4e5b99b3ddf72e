// Lays out what people read. Every cell is made safe here, so that no command can forget it.
import { safeText } from './safe-text.js';
import type { Style, Tone } from './style.js';
import { cutToWidth, padToWidth, textWidth, wrapToWidth } from './text-width.js';

export type Cell = string | { readonly text: string; readonly tone: Tone | undefined };

const GAP = '  ';
/** Below this a cut column says nothing; the terminal may wrap the line instead. */
const NARROWEST = 12;

/** Aligned columns under their titles; on a terminal the last one is cut where the line ends. */
export function layOutTable(
  titles: readonly string[],
  rows: readonly (readonly Cell[])[],
  style: Style,
): string {
  const head = titles.map((title): Cell => ({ text: title, tone: 'strong' }));
  const lines = [head, ...rows].map((row) => row.map(safeCell));
  const widths = titles.map((_, column) =>
    lines.reduce((width, line) => Math.max(width, textWidth(line[column]?.text ?? '')), 0),
  );
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP.length, 0);
  const room = style.width === undefined ? Infinity : Math.max(style.width - before, NARROWEST);
  return lines.map((line) => layOutLine(line, widths, room, style)).join('\n');
}

/** Names and values, a pair a line, the values under each other; on a terminal long ones are wrapped. */
export function layOutFields(fields: readonly (readonly [string, Cell])[], style: Style): string {
  const width = Math.max(...fields.map(([name]) => textWidth(name)));
  const room = (style.width ?? Infinity) - width - GAP.length;
  return fields
    .map(([name, cell]) => {
      const { text, tone } = safeCell(cell);
      const lines = room < NARROWEST ? [text] : wrapToWidth(text, room);
      return lines
        .map((line, index) => {
          const label = style.paint('faint', padToWidth(index === 0 ? name : '', width));
          return `${label}${GAP}${style.paint(tone, line)}`;
        })
        .join('\n');
    })
    .join('\n');
}

function layOutLine(
  line: readonly { text: string; tone: Tone | undefined }[],
  widths: readonly number[],
  room: number,
  style: Style,
): string {
  const last = line.length - 1;
  return line
    .map(({ text, tone }, column) => {
      if (column === last) return style.paint(tone, cutToWidth(text, room));
      const gap = ' '.repeat(Math.max(0, (widths[column] ?? 0) - textWidth(text)));
      return style.paint(tone, text) + gap;
    })
    .join(GAP)
    .trimEnd();
}

function safeCell(cell: Cell): { text: string; tone: Tone | undefined } {
  return typeof cell === 'string'
    ? { text: safeText(cell), tone: undefined }
    : { text: safeText(cell.text), tone: cell.tone };
}
