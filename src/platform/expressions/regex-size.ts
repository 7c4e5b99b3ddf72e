/**
 * How many instructions a pattern compiles to, estimated from above. RE2 matches in linear time, but repetitions such
 * as (a{99}){99} are written out when it compiles.
 */
export function regexSize(pattern: string): number {
  let atoms = pattern.length;
  let groups = 1;
  for (const [, before, least = '', most] of pattern.matchAll(/(.)\{(\d+)(?:,(\d*))?\}/gsu)) {
    const times = Math.max(1, Number(most === undefined || most === '' ? least : most));
    if (before === ')') groups *= times;
    else atoms += times;
  }
  return atoms * groups;
}
