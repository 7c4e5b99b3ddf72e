/** What the client tells the shell; docs/cli.md explains each. */
export const EXIT = {
  done: 0,
  refused: 1,
  usage: 2,
  notLoggedIn: 3,
  unreachable: 4,
  warned: 5,
  ownFault: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
