// The functions an expression may call. Each call is paid for and each result is measured, so that no expression can
// ask for more time or memory than the limits say.
import { isUint8Array } from 'node:util/types';
import {
  celEnv,
  celFunc,
  celMethod,
  isCelError,
  isCelList,
  isCelMap,
  type CelFunc,
  type CelValue,
} from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { measureText, type Fuel } from './fuel.js';
import { limits } from './limits.js';
import { mappingFunctions } from './mapping-functions.js';
import { regexSize } from './regex-size.js';

const callCost = 10;

/** CEL's functions, its text functions and our own, all spending from `fuel`. */
export function createLibrary(fuel: Fuel): CelFunc[] {
  const known = celEnv({ funcs: [...strings, ...mappingFunctions(fuel)] });
  return [...known.funcs].filter(({ name }) => name !== 'strings.quote').map((func) => guarded(func, fuel));
}

function guarded(func: CelFunc, fuel: Fuel): CelFunc {
  const call = (target: CelValue | undefined, args: CelValue[]): CelValue => {
    fuel.spend(callCost);
    payFor(func.name, target === undefined ? args : [target, ...args], fuel);
    const result = func.call(0, target, args);
    // A new error, so that it is reported at the place of this call.
    if (isCelError(result)) throw new Error(result.message);
    if (result === undefined) throw new Error(`${func.name}: no such call.`);
    if (typeof result === 'string' || isUint8Array(result)) measureText(func.name, result.length);
    else if (isCelList(result) && result.size > limits.listLength)
      throw new Error(
        `The list grows beyond ${limits.listLength} elements, which is the limit. Filter it first.`,
      );
    return result;
  };
  return func.target === undefined
    ? celFunc(func.name, func.arguments, func.result, (...args: CelValue[]) => call(undefined, args))
    : celMethod(
        func.name,
        func.target,
        func.arguments,
        func.result,
        function (this: CelValue, ...args: CelValue[]) {
          return call(this, args);
        },
      );
}

function payFor(name: string, values: CelValue[], fuel: Fuel): void {
  const [first, second] = values;
  if (name === 'matches' && typeof second === 'string') {
    const size = regexSize(second);
    if (size > limits.regexSize)
      throw new Error('matches: the pattern is too large. Repeat less, or split it.');
    fuel.spend(callCost * size);
  }
  // Looking up a key and putting lists together touch no value inside; a map may hold a photo.
  if (name === '@in' && isCelMap(second)) return;
  if (name === '_+_' && isCelList(first) && isCelList(second)) fuel.spend(first.size + second.size);
  else for (const value of values) fuel.spendFor(value);
}
