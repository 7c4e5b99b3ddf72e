// What an expression may cost. Parents and children must agree on these, so they are constants and not settings.

/** The limits of one expression; they hold before the deadline and the memory limit of the process have to. */
export const limits = {
  /** UTF-8 bytes of the source. */
  sourceBytes: 4 * 1024,
  /** Levels of nesting in the parsed expression. */
  depth: 100,
  /** Loops (map, filter, exists …) inside one another. */
  loopNesting: 2,
  /** UTF-8 bytes of the result, all its texts and keys together. */
  resultBytes: 64 * 1024,
  /** UTF-16 units of any text, or bytes of any byte string, made on the way. */
  textLength: 64 * 1024,
  /** Elements of any list made on the way. */
  listLength: 2_000,
  /** Units of work: a call or a turn of a loop costs ten, a character or a list element that is touched costs one. */
  work: 5_000_000,
  /** Instructions that the regular expressions of one expression may need together, estimated from above. */
  regexSize: 10_000,
  /** Levels of nesting of a variable or a result. */
  valueDepth: 32,
  /** Bytes of all variables of a batch, as they travel to the evaluator. */
  variableBytes: 4 * 1024 * 1024,
} as const;
