// How the embedded server is set up: a demo's share of memory, loopback only, one log file.

export interface ServerSettings {
  readonly dataPath: string;
  readonly port: number;
  /** False only for throw-away clusters: a crash of the machine may then lose or damage the data. */
  readonly durable: boolean;
}

/** The command line of `postgres`; on the command line, so that a newer Provost changes them by starting. */
export function serverArguments({ dataPath, port, durable }: ServerSettings): string[] {
  const onOff = durable ? 'on' : 'off';
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 100,
    shared_buffers: '64MB',
    maintenance_work_mem: '32MB',
    max_wal_size: '256MB',
    jit: 'off',
    fsync: onOff,
    full_page_writes: onOff,
    synchronous_commit: onOff,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %q%u@%d ',
    logging_collector: 'off',
    // Would fill the log with good news.
    log_checkpoints: 'off',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', dataPath, ...flags];
}
