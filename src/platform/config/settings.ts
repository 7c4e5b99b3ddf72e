// How a module declares what can be configured: one zod schema, one sentence and one environment name a setting.
import type { z } from 'zod';

export interface Setting<Value> {
  readonly env: string;
  readonly schema: z.ZodType<Value>;
  /** One sentence for docs/configuration.md, with the unit. */
  readonly about: string;
  /** A secret may also be given as `<env>_FILE`, and is never shown. */
  readonly isSecret: boolean;
}

export type SettingsShape = Record<string, Setting<unknown>>;

export interface SettingsGroup<Shape extends SettingsShape = SettingsShape> {
  readonly name: string;
  /** The injection token of the loaded values. */
  readonly token: symbol;
  readonly shape: Shape;
}

export type SettingsOf<Group> =
  Group extends SettingsGroup<infer Shape>
    ? { readonly [Key in keyof Shape]: Shape[Key] extends Setting<infer Value> ? Value : never }
    : never;

/** Declares one setting. `schema` reads the environment's text, holds the default and the limits. */
export function setting<Schema extends z.ZodType>(
  env: string,
  schema: Schema,
  about: string,
  options: { isSecret?: boolean } = {},
): Setting<z.output<Schema>> {
  return {
    env,
    schema: schema as unknown as z.ZodType<z.output<Schema>>,
    about,
    isSecret: options.isSecret ?? false,
  };
}

export function defineSettings<const Shape extends SettingsShape>(
  name: string,
  shape: Shape,
): SettingsGroup<Shape> {
  return { name, token: Symbol(`settings:${name}`), shape };
}
