// Which identity a login of the directory belongs to. The registry is above this module and registers its answer.
import { Injectable } from '@nestjs/common';

export interface KnownIdentity {
  readonly id: string;
  readonly displayName: string;
}

/** The one active identity with this login, in whatever spelling. */
export type IdentityFinder = (login: string) => Promise<KnownIdentity | undefined>;

@Injectable()
export class IdentityLogins {
  #find: IdentityFinder = async () => undefined;

  register(finder: IdentityFinder): void {
    this.#find = finder;
  }

  find(login: string): Promise<KnownIdentity | undefined> {
    return this.#find(login);
  }
}
