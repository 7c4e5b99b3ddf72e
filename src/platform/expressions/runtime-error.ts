const longestMessage = 500;

/** CEL's words for what went wrong during an evaluation, in ours, with what to do. */
export function explainRuntimeError(message: string): string {
  return (explain(message) ?? message).slice(0, longestMessage);
}

function explain(message: string): string | undefined {
  const field = /^field not found: (.*)$/su.exec(message)?.[1];
  if (field !== undefined)
    return `There is no value “${field}”. Write default(path, fallback), or test it with has(path).`;
  const index = /^index (-?\d+) out of bounds/u.exec(message)?.[1];
  if (index !== undefined)
    return `There is no element ${index}. Test size(value) before, or use first(list).`;
  const [, name = '', target, args = ''] =
    /^found no matching overload for '(.+?)' applied to '(.+\.)?\((.*)\)'$/su.exec(message) ?? [];
  if (name !== '') {
    const types = [
      ...(target === undefined ? [] : [target.slice(0, -1)]),
      ...args.split(', ').filter(Boolean),
    ];
    const words = types.map((type) => typeWords[type] ?? type).join(' and ');
    const remedy = types.includes('null_type')
      ? 'A value is missing: write default(value, fallback).'
      : 'Convert one of them: string(…), int(…) or double(…).';
    return `“${name.replace(/^[_!-]*(.+?)_*$/u, '$1')}” does not work on ${words}. ${remedy}`;
  }
  if (message === 'unresolved attribute') return 'This variable is not given here. Check its name.';
  if (message.startsWith('unbound function: '))
    return `There is no function “${message.slice(18)}”. Check its name.`;
  return undefined;
}

const typeWords: Readonly<Record<string, string>> = {
  null_type: 'nothing (null)',
  string: 'text',
  int: 'a whole number',
  uint: 'a whole number (uint)',
  double: 'a decimal number',
  bool: 'true/false',
  list: 'a list',
  map: 'a map',
  bytes: 'bytes',
  'google.protobuf.Timestamp': 'a time',
  'google.protobuf.Duration': 'a duration',
};
