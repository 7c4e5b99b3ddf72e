// How a command declares itself: parsing, help and checks follow from the declaration.
import type { Api } from './api/api.js';
import type { CliEnvironment } from './environment.js';
import type { Report } from './report.js';
import type { Session } from './session/session.js';

export interface ArgumentDeclaration {
  /** As help shows it: `LOGIN|ID`. */
  readonly placeholder: string;
  readonly about: string;
  /** Takes all further words, or none. */
  readonly isRest?: true;
}

export type OptionDeclaration = { readonly about: string } & (
  | { readonly kind: 'flag' }
  /** Can be given several times. */
  | ({ readonly kind: 'list' } & ValueDeclaration)
  /** A whole number from 1. */
  | { readonly kind: 'count'; readonly placeholder: string }
  | ({ readonly kind: 'text' } & ValueDeclaration)
);

interface ValueDeclaration {
  readonly placeholder: string;
  readonly isRequired?: true;
  /** The only values, in any case. */
  readonly choices?: readonly string[];
}

export type Arguments = Readonly<Record<string, ArgumentDeclaration>>;
/** By the name the code uses; `givenName` is the option `--given-name`. */
export type Options = Readonly<Record<string, OptionDeclaration>>;
export type InputValue = string | number | boolean | readonly string[] | undefined;

type ArgumentValue<Declared> = Declared extends { isRest: true } ? readonly string[] : string;

type OptionValue<Declared> = Declared extends { kind: 'flag' }
  ? boolean
  : Declared extends { kind: 'list' }
    ? readonly string[]
    : Declared extends { kind: 'count' }
      ? number | undefined
      : Declared extends { isRequired: true }
        ? string
        : string | undefined;

/** What `run` is given for what was declared. */
export type Input<A extends Arguments, O extends Options> = {
  readonly [Name in keyof A]: ArgumentValue<A[Name]>;
} & { readonly [Name in keyof O]: OptionValue<O[Name]> };

export interface CommandContext {
  readonly api: Api;
  readonly session: Session;
  readonly environment: CliEnvironment;
}

export interface Command {
  /** The words that call it: `queue list`. */
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  readonly arguments: Arguments;
  readonly options: Options;
  run(context: CommandContext, input: Readonly<Record<string, InputValue>>): Promise<Report>;
}

/** Ties what a command declares to what its `run` is given. */
export function defineCommand<const A extends Arguments, const O extends Options>(declaration: {
  readonly name: string;
  readonly about: string;
  readonly arguments?: A;
  readonly options?: O;
  readonly run: (context: CommandContext, input: Input<A, O>) => Promise<Report>;
}): Command {
  const { name, about, arguments: declaredArguments = {}, options = {}, run } = declaration;
  return {
    name,
    about,
    arguments: declaredArguments,
    options,
    // `parseInput` gives what the declaration says, which the compiler cannot follow.
    run: (context, input) => run(context, input as Input<A, O>),
  };
}

/** How an option is typed: `givenName` as `--given-name`. */
export function optionName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** How a command is called: `provost queue cancel ID --reason TEXT`; options that may be left out in brackets. */
export function usageOf({
  name,
  arguments: args,
  options,
}: Pick<Command, 'name' | 'arguments' | 'options'>): string {
  const words = Object.values(args).map(({ placeholder, isRest }) =>
    isRest ? `[${placeholder}]…` : placeholder,
  );
  const typed = Object.entries(options).map(([key, declared]) => {
    const option = declared.kind === 'flag' ? optionName(key) : `${optionName(key)} ${declared.placeholder}`;
    const isRequired = 'isRequired' in declared && declared.isRequired;
    return `${isRequired ? option : `[${option}]`}${declared.kind === 'list' ? '…' : ''}`;
  });
  return ['provost', name, ...words, ...typed].join(' ');
}

/** The options of every list. */
export const LIST_OPTIONS = {
  limit: { kind: 'count', placeholder: 'N', about: 'At most so many; 50 when it is not given.' },
  after: { kind: 'text', placeholder: 'NEXT', about: 'Go on after a page: the NEXT that its end names.' },
} as const satisfies Options;

export const DEFAULT_LIMIT = 50;
