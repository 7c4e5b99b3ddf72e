// One run of the client: words in, a report or an explained failure out.
import { Api } from './api/api.js';
import { Refusal } from './cli-error.js';
import { parseCommandLine } from './command-line.js';
import { COMMANDS } from './command-table.js';
import { type CliEnvironment, configFolder, SERVER_VARIABLE } from './environment.js';
import { errorText, exitCodeOf } from './error-text.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { helpText } from './help.js';
import type { Report } from './report.js';
import { DEFAULT_SERVER, serverAddress } from './server-address.js';
import { Session } from './session/session.js';
import { SessionFile } from './session/session-file.js';
import { safeJson } from './terminal/safe-text.js';
import { styleOf } from './terminal/style.js';
import { clientVersion } from './version.js';

/** Never throws: what went wrong is on standard error and in the exit code. */
export async function main(argv: readonly string[], environment: CliEnvironment): Promise<ExitCode> {
  const { stdout, stderr } = environment;
  let isJson = false;
  try {
    const invocation = parseCommandLine(argv, COMMANDS);
    switch (invocation.kind) {
      case 'help':
        stdout.write(`${helpText(invocation.topic, COMMANDS)}\n`);
        return EXIT.done;
      case 'version':
        stdout.write(`provost ${clientVersion()}\n`);
        return EXIT.done;
      case 'run': {
        isJson = invocation.isJson;
        const session = await openSession(environment, invocation.server);
        const api = new Api(session.server, session);
        const report = await invocation.command.run({ api, session, environment }, invocation.input);
        stdout.write(reportText(report, isJson, environment));
        return report.exitCode ?? EXIT.done;
      }
    }
  } catch (error) {
    const text =
      isJson && error instanceof Refusal
        ? safeJson(error.document)
        : errorText(error, styleOf(stderr, environment));
    stderr.write(`${text}\n`);
    return exitCodeOf(error);
  }
}

async function openSession(environment: CliEnvironment, option: string | undefined): Promise<Session> {
  const file = new SessionFile(configFolder(environment));
  const variable = environment.variables[SERVER_VARIABLE];
  const server =
    option !== undefined
      ? serverAddress(option, '--server')
      : variable
        ? serverAddress(variable, SERVER_VARIABLE)
        : ((await file.read()).server ?? DEFAULT_SERVER);
  return new Session(server, file, environment.now);
}

function reportText(report: Report, isJson: boolean, environment: CliEnvironment): string {
  if (!isJson) {
    const text = report.text(styleOf(environment.stdout, environment));
    return text === '' ? '' : `${text}\n`;
  }
  return report.document === undefined ? '' : `${safeJson(report.document)}\n`;
}
