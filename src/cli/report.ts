// What a command has to say: the API's JSON for programs, text for people.
import type { Page } from './api/api.js';
import type { JsonObject } from './api/json.js';
import { safeText } from './terminal/safe-text.js';
import type { ExitCode } from './exit-code.js';
import type { Style } from './terminal/style.js';
import { type Cell, layOutFields, layOutTable } from './terminal/table.js';

export interface Report {
  /** For `--json`; undefined when the service answered without a body. */
  readonly document: unknown;
  /** For people; what comes from the service must have been made safe. */
  text(style: Style): string;
  /** When it is not 0. */
  readonly exitCode?: ExitCode;
}

export interface Column {
  readonly title: string;
  readonly cell: (item: JsonObject, style: Style) => Cell;
}

/** A list as a table, or `none` when it is empty. */
export function pageReport(page: Page, columns: readonly Column[], none: string): Report {
  return {
    document: page,
    text: (style) => {
      if (page.items.length === 0) return safeText(none);
      const table = layOutTable(
        columns.map(({ title }) => title),
        page.items.map((item) => columns.map(({ cell }) => cell(item, style))),
        style,
      );
      if (page.next === null) return table;
      const more = `There are more: go on with --after ${safeText(page.next)}, or give a larger --limit.`;
      return `${table}\n${style.paint('faint', more)}`;
    },
  };
}

/** One object, a field a line. */
export function fieldsReport(
  document: unknown,
  fields: (style: Style) => readonly (readonly [string, Cell])[],
): Report {
  return { document, text: (style) => layOutFields(fields(style), style) };
}

/** One sentence. */
export function sentenceReport(document: unknown, sentence: string): Report {
  return { document, text: () => safeText(sentence) };
}
