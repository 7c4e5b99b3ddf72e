/** The number of shards a lane's key is spread over; fixed, because rows carry it. */
export const SHARDS = 64;

/** FNV-1a over the key's UTF-16 units: the same on every node and version. */
export function shardOf(laneKey: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < laneKey.length; index += 1) {
    hash = Math.imul(hash ^ laneKey.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % SHARDS;
}
