import { z } from 'zod';
import { nearestName } from '../config/index.js';

/** An object with these fields and no others; an unknown one is answered with the nearest known name. */
export function closedObject<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? unknownFields(issue.keys, known) : undefined),
  });
}

function unknownFields(keys: readonly string[], known: readonly string[]): string {
  const sentences = keys.slice(0, 5).map((key) => {
    const meant = nearestName(key, known);
    return `${JSON.stringify(key.slice(0, 64))} is not known${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
  });
  return `${sentences.join('; ')} (known: ${known.join(', ')})`;
}
