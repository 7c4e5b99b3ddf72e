// A queue that is held because its database was restored: what would move, and letting it.
import { apiPath } from '../api/api.js';
import { asObject, type JsonObject, objectsOf, textOf } from '../api/json.js';
import { defineCommand, type Options } from '../command.js';
import type { Report } from '../report.js';
import { instantText } from '../terminal/relative-time.js';
import { type Cell, layOutFields, layOutTable } from '../terminal/table.js';

const REASON = {
  reason: {
    kind: 'text',
    placeholder: 'TEXT',
    isRequired: true,
    about: 'Why; it stands in the audit record.',
  },
} as const satisfies Options;

const restoration = defineCommand({
  name: 'queue restoration',
  about: 'Show whether the queue is held as a restored backup, and what a release would send.',
  run: async ({ api }) => reportOn(await api.get(apiPath`queue/restoration`)),
});

const release = defineCommand({
  name: 'queue release',
  about: 'Go on after a restore: send what waits.',
  options: REASON,
  run: async ({ api }, { reason }) =>
    reportOn(asObject(await api.send('POST', apiPath`queue/restoration/release`, { reason }), 'the queue')),
});

const holdAll = defineCommand({
  name: 'queue hold-all',
  about: 'Begin nothing more, as after a restore, until it is released.',
  options: REASON,
  run: async ({ api }, { reason }) =>
    reportOn(asObject(await api.send('POST', apiPath`queue/restoration/hold`, { reason }), 'the queue')),
});

function reportOn(answer: JsonObject): Report {
  return {
    document: answer,
    text: (style) => {
      const instant = (value: unknown): string => (value === null ? '-' : instantText(value, style.now));
      const held: [string, Cell][] =
        answer['isHeld'] === true
          ? [
              ['Held', { text: 'everything: nothing is sent', tone: 'warning' }],
              ['Why', textOf(answer['reason'])],
              ['Since', instant(answer['since'])],
              ['By', textOf(answer['heldBy'])],
            ]
          : [
              ['Held', { text: 'nothing: work goes on', tone: 'good' }],
              ['Released', instant(answer['releasedAt'])],
            ];
      const fields = layOutFields([...held, ['Last executed', instant(answer['lastExecutedAt'])]], style);
      const waiting = objectsOf(answer['waiting']);
      if (waiting.length === 0) return `${fields}\n\nNothing waits.`;
      const rows = waiting.map((one): Cell[] => [
        textOf(one['target']),
        textOf(one['kind']),
        textOf(one['operations']),
        { text: textOf(one['unknown']), tone: one['unknown'] === 0 ? undefined : 'warning' },
        instant(one['oldest']),
      ]);
      return `${fields}\n\n${layOutTable(['TARGET', 'KIND', 'WAITING', 'BEGUN', 'OLDEST'], rows, style)}`;
    },
  };
}

export const queueRestorationCommands = [restoration, release, holdAll];
