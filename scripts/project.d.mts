export const root: string;
export const NODE_OPTIONS: readonly string[];
export function requireNode(): void;
export function ensureInstalled(): void;
export function ensureBuilt(): void;
export function run(command: string, args: readonly string[], failure: string): void;
export function handOver(args: readonly string[]): void;
export function stop(message: string, code?: number): never;
