// Which TCP ports of this machine a process holds: how a connection is led back to the node that opened it. On Linux;
// elsewhere no connection is anybody's.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export function portsOf(pid: number): ReadonlySet<number> {
  const sockets = socketsOf(pid);
  return new Set(
    tcpTable()
      .filter(({ inode }) => sockets.has(inode))
      .map(({ port }) => port),
  );
}

function socketsOf(pid: number): ReadonlySet<string> {
  const folder = `/proc/${pid}/fd`;
  const links = names(folder).map((name) => {
    try {
      return readlinkSync(`${folder}/${name}`);
    } catch {
      return ''; // Closed since the folder was read.
    }
  });
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

function tcpTable(): { readonly port: number; readonly inode: string }[] {
  let text: string;
  try {
    text = readFileSync('/proc/net/tcp', 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .map((fields) => ({
      port: Number.parseInt(fields[1]?.split(':')[1] ?? '', 16),
      inode: fields[9] ?? '',
    }));
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // The process has ended.
  }
}
