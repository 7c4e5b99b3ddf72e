// Nobody gives what they do not have: who keeps operators must not become more than they are.

/** Whether `own` grants include everything that `wanted` grants do. */
export function covers(own: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((grant) => own.some((one) => includes(one, grant)));
}

/** Whether one grant, such as `*`, `*.read` or `systems.*`, includes another. */
function includes(one: string, other: string): boolean {
  if (one === '*' || one === other) return true;
  const [objects, verb] = one.split('.');
  const [otherObjects, otherVerb] = other.split('.');
  if (otherVerb === undefined) return false;
  return (objects === '*' && verb === otherVerb) || (verb === '*' && objects === otherObjects);
}
