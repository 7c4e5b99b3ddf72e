// Tells the login which identity a person of the directory is.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { foldLogin, IdentityLogins, type KnownIdentity } from '../auth/index.js';
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
    // The registry counts more spellings as one login than a directory does: `strasse` does not come in as `straße`.
    if (identity === null || foldLogin(identity.login) !== foldLogin(login)) return undefined;
    const { id, displayName, givenName, surname } = identity;
    return { id, displayName: displayName ?? `${givenName} ${surname}` };
  }
}
