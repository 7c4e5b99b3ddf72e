import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/index.js';
import { IdentityFinder } from './identity-finder.js';

/** Lets people whom the registry knows log in with the directory. */
@Module({ imports: [AuthModule], providers: [IdentityFinder] })
export class IdentityLoginModule {}
