import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiProblems, etagOf, NeverStored, Public } from '../platform/http/index.js';
import { LoginService } from './login.service.js';
import {
  operatorDocument,
  type OperatorDocument,
  setupRequest,
  type SetupRequest,
  toOperatorDocument,
} from './operator.schema.js';
import { Origin, type RequestOrigin } from './request-origin.js';
import { ServiceTokensService } from './services/service-tokens.service.js';
import {
  loginRequest,
  type LoginRequest,
  refreshRequest,
  type RefreshRequest,
  serviceToken,
  type ServiceToken,
  serviceTokenRequest,
  type ServiceTokenRequest,
  tokenPair,
  type TokenPair,
} from './session.schema.js';
import { SessionService } from './session.service.js';
import { SetupService } from './setup.service.js';

@ApiTags('auth')
@Controller('api/v1/auth')
export class AuthController {
  constructor(
    private readonly logins: LoginService,
    private readonly sessions: SessionService,
    private readonly setups: SetupService,
    private readonly serviceTokens: ServiceTokensService,
  ) {}

  @Post('login')
  @HttpCode(200)
  @Public('It is how a caller becomes known.')
  @NeverStored('The answer is tokens.')
  @ApiOperation({
    operationId: 'logIn',
    summary: 'Log in with a password',
    description:
      'Opens a session. `realm` says who checks the password: Provost itself, or the directory for its service accounts ' +
      '(DSA) and people. The answer to a wrong login, a wrong password and a disabled operator is the same.',
  })
  @ApiOkResponse({ description: 'The tokens of the new session.', standardSchema: tokenPair })
  @ApiProblems(400, 401, 422, 429, 503)
  login(
    @Body({ schema: loginRequest }) request: LoginRequest,
    @Origin() origin: RequestOrigin,
  ): Promise<TokenPair> {
    return this.logins.login(request, origin);
  }

  @Post('refresh')
  @HttpCode(200)
  @Public('The refresh token is the credential; the access token may have expired.')
  @NeverStored('The answer is tokens.')
  @ApiOperation({
    operationId: 'refreshSession',
    summary: 'Exchange a refresh token',
    description:
      'Gives the next pair of tokens. Each refresh token is used once; a used one that comes back later ends the session. ' +
      'The directory is asked again about its accounts; while it does not answer, the session stays and the answer is 503.',
  })
  @ApiOkResponse({ description: 'The next tokens of the session.', standardSchema: tokenPair })
  @ApiProblems(400, 401, 422, 429, 503)
  refresh(
    @Body({ schema: refreshRequest }) request: RefreshRequest,
    @Origin() origin: RequestOrigin,
  ): Promise<TokenPair> {
    return this.sessions.refresh(request.refreshToken, origin);
  }

  @Post('service-token')
  @HttpCode(200)
  @Public('The key is the credential.')
  @NeverStored('The answer is a token.')
  @ApiOperation({
    operationId: 'getServiceToken',
    summary: 'Exchange the key of a service for an access token',
    description:
      'There is no refresh token: the key gives the next one. All tokens of a key end when it is revoked or expires, ' +
      'or when its service is disabled.',
  })
  @ApiOkResponse({ description: 'An access token.', standardSchema: serviceToken })
  @ApiProblems(400, 401, 429)
  serviceToken(
    @Body({ schema: serviceTokenRequest }) request: ServiceTokenRequest,
    @Origin() origin: RequestOrigin,
  ): Promise<ServiceToken> {
    return this.serviceTokens.exchange(request.key, origin);
  }

  @Post('setup')
  @Public('The setup token is the credential; it is shown only to whoever starts the service.')
  @NeverStored('The request holds a token and a password.')
  @ApiOperation({
    operationId: 'setUp',
    summary: 'Create the first administrator',
    description: 'Works once, with the token from the start-up log, while there is no operator.',
  })
  @ApiCreatedResponse({ description: 'The administrator; log in next.', standardSchema: operatorDocument })
  @ApiProblems(400, 401, 409, 429, 503)
  async setUp(
    @Body({ schema: setupRequest }) request: SetupRequest,
    @Origin() origin: RequestOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperatorDocument> {
    const operator = await this.setups.complete(request, origin);
    void reply.headers({ location: `/api/v1/operators/${operator.id}`, etag: etagOf(operator.version) });
    return toOperatorDocument(operator);
  }
}
