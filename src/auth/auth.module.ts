import { Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { AccessTokenIssuer } from './access-token-issuer.js';
import { AccessTokenStrategy } from './access-token-strategy.js';
import { AuthController } from './auth.controller.js';
import { JwksController } from './jwks.controller.js';
import { LoginService } from './login.service.js';
import { OperatorsController } from './operators.controller.js';
import { OperatorsService } from './operators.service.js';
import { PasswordHashing } from './password-hashing.js';
import { PermissionGuard } from './permission.guard.js';
import { SessionService } from './session.service.js';
import { SessionStandings } from './session-standings.js';
import { SetupService } from './setup.service.js';
import { SigningKeys } from './signing-keys.js';

/** Who is calling, and what they may do: importing it guards every route of the application. */
@Module({
  imports: [DiscoveryModule, JwtModule.register({})],
  controllers: [AuthController, JwksController, OperatorsController],
  providers: [
    AccessTokenIssuer,
    AccessTokenStrategy,
    LoginService,
    OperatorsService,
    PasswordHashing,
    SessionService,
    SessionStandings,
    SetupService,
    SigningKeys,
    { provide: APP_GUARD, useClass: PermissionGuard },
  ],
  exports: [OperatorsService, SetupService],
})
export class AuthModule {}
