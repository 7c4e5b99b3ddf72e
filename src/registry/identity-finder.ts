// Tells the login which identity a person of the directory is.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { IdentityLogins, type KnownIdentity } from '../auth/index.js';
import { Database } from '../platform/database/index.js';
import { foldedText } from './domain/folded-text.js';
import { IdentityEntity } from './identity.entity.js';

@Injectable()
export class IdentityFinder implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly logins: IdentityLogins,
  ) {}

  onModuleInit(): void {
    this.logins.register((login) => this.#find(login));
  }

  async #find(login: string): Promise<KnownIdentity | undefined> {
    const identity = await this.database.manager.findOneBy(IdentityEntity, {
      loginFolded: foldedText(login),
      state: 'active',
    });
    if (identity === null) return undefined;
    const { id, displayName, givenName, surname } = identity;
    return { id, displayName: displayName ?? `${givenName} ${surname}` };
  }
}
