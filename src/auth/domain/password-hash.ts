// What a stored password hash asks of the machine that checks it. The text comes from the database, which may have been
// restored from anywhere: it says how much memory argon2 takes, so it is read before it is believed.

interface HashParameters {
  /** KiB */
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
  /** Bytes */
  readonly outputLen: number;
}

/** 64 MiB, ten passes, four lanes. */
const MOST = { memoryCost: 65_536, timeCost: 10, parallelism: 4 };

const PHC =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,9}),t=([1-9]\d{0,9}),p=([1-9]\d{0,9})\$[A-Za-z0-9+/]{11,86}\$([A-Za-z0-9+/]{22,86})$/;

/** The parameters of an argon2id hash in PHC form, or undefined when it is none or asks for too much. */
export function readHashParameters(passwordHash: string): HashParameters | undefined {
  const [, memoryCost, timeCost, parallelism, output] = PHC.exec(passwordHash) ?? [];
  if (output === undefined) return undefined;
  const parameters = {
    memoryCost: Number(memoryCost),
    timeCost: Number(timeCost),
    parallelism: Number(parallelism),
    outputLen: Math.floor((output.length * 3) / 4),
  };
  const isBearable =
    parameters.memoryCost <= MOST.memoryCost &&
    parameters.timeCost <= MOST.timeCost &&
    parameters.parallelism <= MOST.parallelism;
  return isBearable ? parameters : undefined;
}

/** Whether `stored` is cheaper to guess at than a hash made with `present`. */
export function isWeaker(stored: HashParameters, present: HashParameters): boolean {
  return (
    stored.memoryCost * stored.timeCost < present.memoryCost * present.timeCost ||
    stored.memoryCost < present.memoryCost ||
    stored.outputLen < present.outputLen
  );
}
