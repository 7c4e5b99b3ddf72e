// Reads the arguments and options of one command as it declares them.
import { parseArgs } from 'node:util';
import { usageError } from './cli-error.js';
import { type Command, type InputValue, type OptionDeclaration, optionName, usageOf } from './command.js';
import { didYouMean } from './nearest-name.js';

type Declared = Pick<Command, 'name' | 'arguments' | 'options'>;

/** @throws CliError 2 when something is unknown, missing, given twice or too much */
export function parseInput(command: Declared, args: readonly string[]): Record<string, InputValue> {
  const typed = new Map(Object.keys(command.options).map((key) => [optionName(key), key]));
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(command.options).map(([key, { kind }]) => [
        optionName(key).slice(2),
        { type: kind === 'flag' ? 'boolean' : 'string' },
      ]),
    ),
    strict: false,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const key = typed.get(token.rawName);
    const declared = key === undefined ? undefined : command.options[key];
    if (key === undefined || declared === undefined)
      throw unknownOption(command, token.rawName, [...typed.keys()]);
    given.set(key, [...(given.get(key) ?? []), valueOf(declared, token)]);
  }
  return { ...readArguments(command, words), ...readOptions(command, given) };
}

interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function valueOf(declared: OptionDeclaration, { rawName, value, inlineValue }: OptionToken): string {
  if (declared.kind === 'flag') {
    if (value !== undefined) throw usageError(`${rawName} takes no value.`);
    return '';
  }
  if (value === undefined) throw usageError(`${rawName} needs a value: ${rawName} ${declared.placeholder}.`);
  if (inlineValue !== true && value.startsWith('-') && value.length > 1) {
    throw usageError(`${rawName} needs a value. If it begins with a dash, write ${rawName}=${value}`);
  }
  return value;
}

function readArguments(command: Declared, words: readonly string[]): Record<string, InputValue> {
  const read: Record<string, InputValue> = {};
  let index = 0;
  for (const [key, { placeholder, about, isRest }] of Object.entries(command.arguments)) {
    const word = words[index];
    if (isRest === true) {
      read[key] = words.slice(index);
      return read;
    }
    if (word === undefined || word === '') {
      throw usageError(`${placeholder} is missing: ${about} Usage: ${usageOf(command)}`);
    }
    read[key] = word;
    index += 1;
  }
  if (words.length > index) {
    // The word is not repeated: behind a login somebody may have typed a password.
    throw usageError(`There is one word too many. Usage: ${usageOf(command)}`);
  }
  return read;
}

function readOptions(
  command: Declared,
  given: ReadonlyMap<string, readonly string[]>,
): Record<string, InputValue> {
  const read = Object.entries(command.options).map(([key, declared]): [string, InputValue] => {
    const values = given.get(key) ?? [];
    if (declared.kind === 'list') return [key, readList(command, key, declared, values)];
    if (values.length > 1)
      throw usageError(`${optionName(key)} is given ${values.length} times; once is enough.`);
    return [key, readOption(command, key, declared, values[0])];
  });
  return Object.fromEntries(read);
}

function readOption(
  command: Declared,
  key: string,
  declared: Exclude<OptionDeclaration, { kind: 'list' }>,
  value: string | undefined,
): InputValue {
  const name = optionName(key);
  if (declared.kind === 'flag') return value !== undefined;
  if (declared.kind === 'count') {
    if (value === undefined) return undefined;
    if (!/^[1-9]\d{0,6}$/.test(value)) {
      throw usageError(`${name} must be a whole number from 1 to 9999999; it is “${value}”.`);
    }
    return Number(value);
  }
  if (value === undefined) {
    if (declared.isRequired === true) throw missingOption(command, name);
    return undefined;
  }
  return readChoice(name, declared.choices, value);
}

function readList(
  command: Declared,
  key: string,
  declared: Extract<OptionDeclaration, { kind: 'list' }>,
  values: readonly string[],
): readonly string[] {
  const name = optionName(key);
  if (values.length === 0 && declared.isRequired === true) throw missingOption(command, name);
  return values.map((value) => readChoice(name, declared.choices, value));
}

function readChoice(name: string, choices: readonly string[] | undefined, value: string): string {
  if (choices === undefined) return value;
  const choice = choices.find((each) => each.toLowerCase() === value.toLowerCase());
  if (choice !== undefined) return choice;
  throw usageError(`${name} must be one of ${choices.join(', ')}.${didYouMean(value, choices)}`);
}

function missingOption(command: Declared, name: string): Error {
  return usageError(`${name} is missing. Usage: ${usageOf(command)}`);
}

function unknownOption(command: Declared, rawName: string, known: readonly string[]): Error {
  return usageError(
    `“${command.name}” has no option ${rawName}.${didYouMean(rawName, known)} See: provost help ${command.name}`,
  );
}
