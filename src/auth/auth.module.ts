import { Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { AccessTokenIssuer } from './access-token-issuer.js';
import { AccessTokenStrategy } from './access-token-strategy.js';
import { AuthChecks } from './auth.checks.js';
import { AuthController } from './auth.controller.js';
import { DirectoryAccounts } from './directory/directory-accounts.js';
import { DirectoryLogins } from './directory/directory-logins.js';
import { DirectoryOperators } from './directory/directory-operators.js';
import { IdentityLogins } from './identity-logins.js';
import { JwksController } from './jwks.controller.js';
import { KeyRotation } from './key-rotation.js';
import { KnownPermissions } from './known-permissions.js';
import { LoginLimitKey } from './login-limit-key.js';
import { LoginLimits } from './login-limits.js';
import { LoginService } from './login.service.js';
import { OperatorsController } from './operators.controller.js';
import { OperatorsService } from './operators.service.js';
import { OwnAccountController } from './own-account.controller.js';
import { OwnPasswordService } from './own-password.service.js';
import { OwnSessionsService } from './own-sessions.service.js';
import { PasswordHashing } from './password-hashing.js';
import { PasswordUpgrade } from './password-upgrade.js';
import { PermissionGuard } from './permission.guard.js';
import { ServiceKeysService } from './services/service-keys.service.js';
import { ServiceTokensService } from './services/service-tokens.service.js';
import { ServicesController } from './services/services.controller.js';
import { ServicesService } from './services/services.service.js';
import { SessionService } from './session.service.js';
import { SessionStandings } from './session-standings.js';
import { SetupService } from './setup.service.js';
import { SigningKeysController } from './signing-keys.controller.js';
import { SigningKeys } from './signing-keys.js';
import { VerifiedTokens } from './verified-tokens.js';

/** Who is calling, and what they may do: importing it guards every route of the application. */
@Module({
  imports: [DiscoveryModule, JwtModule.register({})],
  controllers: [
    AuthController,
    JwksController,
    OperatorsController,
    OwnAccountController,
    ServicesController,
    SigningKeysController,
  ],
  providers: [
    AuthChecks,
    AccessTokenIssuer,
    AccessTokenStrategy,
    DirectoryAccounts,
    DirectoryLogins,
    DirectoryOperators,
    IdentityLogins,
    KeyRotation,
    KnownPermissions,
    LoginLimitKey,
    LoginLimits,
    LoginService,
    OperatorsService,
    OwnPasswordService,
    OwnSessionsService,
    PasswordHashing,
    PasswordUpgrade,
    ServiceKeysService,
    ServiceTokensService,
    ServicesService,
    SessionService,
    SessionStandings,
    SetupService,
    SigningKeys,
    VerifiedTokens,
    { provide: APP_GUARD, useClass: PermissionGuard },
  ],
  exports: [IdentityLogins, OperatorsService, SetupService],
})
export class AuthModule {}
