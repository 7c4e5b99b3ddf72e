/** What goes into an expression and what comes out. Maps that come out have no prototype. */
export type ExpressionValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Date
  | ExpressionValue[]
  | { [key: string]: ExpressionValue };

/** Keys that could reach a prototype when a careless reader copies a map; no variable and no result may hold them. */
export const refusedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
