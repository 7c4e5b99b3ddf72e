// Questions to the person at the terminal, on standard error: standard output is for answers.
import { Writable } from 'node:stream';
import { createInterface } from 'node:readline';
import { CliError } from '../cli-error.js';
import type { CliEnvironment } from '../environment.js';
import { EXIT } from '../exit-code.js';

type Echo = 'shown' | 'hidden';

/** One line as it was typed. @throws CliError when the person ends the input or presses Ctrl-C instead */
export function ask(environment: CliEnvironment, question: string, echo: Echo = 'shown'): Promise<string> {
  const { stdin, stderr } = environment;
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({
    input: stdin,
    output: echo === 'shown' ? stderr : nowhere,
    terminal: true,
    historySize: 0,
  });
  // Only now: what is typed at once after the question must not be echoed by the terminal itself.
  reader.setPrompt(question);
  reader.prompt();
  if (echo === 'hidden') stderr.write(question);
  return new Promise((resolve, reject) => {
    let answer: string | undefined;
    reader.once('line', (line) => {
      answer = line;
      reader.close();
    });
    reader.once('SIGINT', () => reader.close());
    reader.once('close', () => {
      if (answer === undefined || echo === 'hidden') stderr.write('\n');
      if (answer === undefined) reject(new CliError(EXIT.interrupted, 'Nothing was done.'));
      else resolve(answer);
    });
  });
}

/** Whether the person agrees; true without a question where nobody can be asked. */
export async function confirm(environment: CliEnvironment, question: string): Promise<boolean> {
  if (environment.stdin.isTTY !== true) return true;
  const answer = await ask(environment, `${question} [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}
