// The only place where our values become CEL's and back. CEL's integers are BigInt, its times are protobuf messages.
import { isDate, isUint8Array } from 'node:util/types';
import {
  celList,
  celMap,
  isCelList,
  isCelMap,
  isCelUint,
  type CelInput,
  type CelMap,
  type CelValue,
} from '@bufbuild/cel';
import { isMessage } from '@bufbuild/protobuf';
import { isReflectMessage } from '@bufbuild/protobuf/reflect';
import { timestampDate, timestampFromDate, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { refusedKeys, type ExpressionValue } from './expression-value.js';
import { limits } from './limits.js';

/** Variables as the planned expressions read them; throws with the path of a value that cannot be one. */
export function toCelVariables(variables: Record<string, ExpressionValue>): Record<string, CelInput> {
  const converted: Record<string, CelInput> = Object.create(null) as Record<string, CelInput>;
  for (const [name, value] of Object.entries(variables)) {
    refuseKey(name, name);
    converted[name] = toCelValue(value, name, 1);
  }
  return converted;
}

function toCelValue(value: unknown, path: string, depth: number): CelInput {
  if (depth > limits.valueDepth)
    throw new Error(`The value ${path} is nested more than ${limits.valueDepth} levels deep.`);
  switch (typeof value) {
    case 'boolean':
    case 'string':
      return value;
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value) throw new Error(`The value ${path} does not fit into 64 bits.`);
      return value;
    case 'number':
      return Number.isSafeInteger(value) ? BigInt(value) : value;
    case 'object':
      return toCelObject(value, path, depth);
    default:
      throw new Error(`The value ${path} is of a kind (${typeof value}) that expressions cannot read.`);
  }
}

function toCelObject(value: object | null, path: string, depth: number): CelInput {
  if (value === null || isUint8Array(value)) return value;
  if (isDate(value)) {
    if (Number.isNaN(value.getTime())) throw new Error(`The value ${path} is not a valid time.`);
    return timestampFromDate(value);
  }
  if (Array.isArray(value))
    return celList(value.map((element: unknown, at) => toCelValue(element, `${path}[${at}]`, depth + 1)));
  if (!isPlain(value))
    throw new Error(`The value ${path} is of a kind that expressions cannot read. Give a plain map.`);
  const entries = Object.entries(value).map(([key, element]): [string, CelInput] => {
    refuseKey(key, `${path}.${key}`);
    return [key, toCelValue(element, `${path}.${key}`, depth + 1)];
  });
  return celMap(new Map(entries));
}

/** Whatever realm it comes from: the prototype of a plain map is null or the end of its chain. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A result as its reader wants it; throws on what no system can store. */
export function fromCelValue(result: CelValue): ExpressionValue {
  return convert(result, 1, new ResultSize());
}

class ResultSize {
  #left: number = limits.resultBytes;

  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new Error(`The result is larger than ${limits.resultBytes} bytes. Shorten it.`);
  }
}

const scalarBytes = 8;

function convert(value: CelValue, depth: number, size: ResultSize): ExpressionValue {
  if (depth > limits.valueDepth)
    throw new Error(`The result is nested more than ${limits.valueDepth} levels deep. Flatten it.`);
  size.spend(scalarBytes);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return fromText(value, size);
  if (typeof value === 'bigint') return fromInteger(value);
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw new Error(`The result is not a number (${value}). Check its divisions.`);
  }
  if (isUint8Array(value)) {
    size.spend(value.length);
    return value;
  }
  if (isCelList(value)) return Array.from(value, (element) => convert(element, depth + 1, size));
  if (isCelMap(value)) return fromMap(value, depth, size);
  if (isCelUint(value)) return fromInteger(value.value);
  if (isReflectMessage(value) && isMessage(value.message, TimestampSchema))
    return timestampDate(value.message);
  if (isReflectMessage(value))
    throw new Error(
      'The result is a duration, which no system can store. Use string(…) or int(…) around it.',
    );
  throw new Error('The result is a type and not a value. Remove type(…) or compare it with ==.');
}

function fromMap(map: CelMap, depth: number, size: ResultSize): ExpressionValue {
  const converted = Object.create(null) as { [key: string]: ExpressionValue };
  for (const [key, element] of map) {
    if (typeof key !== 'string')
      throw new Error('The result is a map with keys that are not text. Use string(key).');
    refuseKey(key, 'in the result');
    converted[fromText(key, size)] = convert(element, depth + 1, size);
  }
  return converted;
}

function fromText(text: string, size: ResultSize): string {
  size.spend(Buffer.byteLength(text));
  if (/\p{Surrogate}/u.test(text))
    throw new Error(
      'The result contains half a character. Cut texts before or after a character, not within one.',
    );
  return text;
}

function fromInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function refuseKey(key: string, path: string): void {
  if (refusedKeys.has(key)) throw new Error(`The key “${key}” is not allowed (${path}). Rename it.`);
}
