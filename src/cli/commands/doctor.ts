// What is wrong and what to do, told by the service; by the service's probe when nobody can be let in; and by the
// client itself when nothing answers.
import { apiPath } from '../api/api.js';
import { readiness } from '../api/http.js';
import { asObject, isObject, type JsonObject, requireList, textOf } from '../api/json.js';
import { CliError, Refusal } from '../cli-error.js';
import { type CommandContext, defineCommand } from '../command.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import type { Report } from '../report.js';
import type { Style, Tone } from '../terminal/style.js';
import { layOutFields } from '../terminal/table.js';

const LOOK: ReadonlyMap<
  unknown,
  { readonly word: string; readonly tone: Tone; readonly exitCode: ExitCode }
> = new Map([
  ['ok', { word: 'ok', tone: 'good', exitCode: EXIT.done }],
  ['warning', { word: 'warning', tone: 'warning', exitCode: EXIT.warned }],
  ['error', { word: 'ERROR', tone: 'bad', exitCode: EXIT.refused }],
]);

const doctor = defineCommand({
  name: 'doctor',
  about: 'Say what is wrong and what to do; exit code 5 with warnings, 1 with errors.',
  options: { all: { kind: 'flag', about: 'Also what is as it should be.' } },
  run: async (context, { all }) => {
    try {
      const answer = await context.api.get(apiPath`doctor`);
      return findingsReport(answer, all, LOOK.get(answer['level'])?.exitCode ?? EXIT.refused);
    } catch (error) {
      return reportWithoutLogin(context, error);
    }
  },
});

/** Exactly when the doctor is needed most, the service may be unable to see who asks: its probe asks for no login. */
async function reportWithoutLogin({ session }: CommandContext, error: unknown): Promise<Report> {
  if (error instanceof Refusal && error.problem.status >= 500) {
    const probe = await probeFindings(session.server).catch(() => []);
    const findings = [
      { ...ofService(error.problem.detail || error.problem.title), whatToDo: null },
      ...probe,
    ];
    return findingsReport({ level: 'error', findings }, false, EXIT.refused);
  }
  if (error instanceof CliError && error.exitCode === EXIT.unreachable) {
    const findings = [
      { ...ofService(error.message), whatToDo: 'See whether it runs, and the last lines of its log.' },
    ];
    return findingsReport({ level: 'error', findings }, false, EXIT.unreachable);
  }
  throw error;
}

async function probeFindings(server: string): Promise<JsonObject[]> {
  const answer = asObject(await readiness(server), '/readyz');
  const checks = isObject(answer['checks']) ? answer['checks'] : {};
  return Object.entries(checks).flatMap(([name, finding]) =>
    isObject(finding) && finding['ok'] !== true
      ? [
          {
            area: 'probe',
            level: 'error',
            what: textOf(finding['detail']),
            where: `/readyz: ${name}`,
            whatToDo: null,
          },
        ]
      : [],
  );
}

function ofService(what: string): JsonObject {
  return { area: 'service', level: 'error', what, where: 'the service' };
}

function findingsReport(document: JsonObject, showsAll: boolean, exitCode: ExitCode): Report {
  const findings = requireList(document, 'findings');
  return { document, exitCode, text: (style) => findingsText(findings, showsAll, style) };
}

function findingsText(findings: readonly JsonObject[], showsAll: boolean, style: Style): string {
  const shown = findings.filter(({ level }) => showsAll || level !== 'ok');
  const fine = findings.length - shown.length;
  const rest = fine === 0 ? [] : [style.paint('faint', `Well: ${fine}. --all shows what.`)];
  return [...shown.map((finding) => findingText(finding, style)), ...rest].join('\n\n');
}

function findingText({ area, level, what, where, whatToDo }: JsonObject, style: Style): string {
  const { word, tone } = LOOK.get(level) ?? { word: textOf(level), tone: undefined };
  return layOutFields(
    [
      [word, { text: textOf(what), tone }],
      ['where', `${textOf(area)}: ${textOf(where)}`],
      ...(typeof whatToDo === 'string' ? [['do', whatToDo] as const] : []),
    ],
    style,
  );
}

export const doctorCommands = [doctor];
