// Prints what makes a shell complete the words of this client.
import { type Command, defineCommand } from '../command.js';
import { bashCompletion, zshCompletion } from '../completion.js';

/** @param commands all of them, these included */
export function completionCommands(commands: () => readonly Command[]): Command[] {
  return [
    defineCommand({
      name: 'completion bash',
      about: 'Print the completion script for bash.',
      run: async () => scriptReport(bashCompletion(commands())),
    }),
    defineCommand({
      name: 'completion zsh',
      about: 'Print the completion script for zsh.',
      run: async () => scriptReport(zshCompletion(commands())),
    }),
  ];
}

function scriptReport(script: string): { document: string; text: () => string } {
  return { document: script, text: () => script.trimEnd() };
}
