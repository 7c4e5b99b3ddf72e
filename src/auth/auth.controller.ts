import { Body, Controller, Get, HttpCode, Post, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  type Actor,
  ApiProblems,
  CurrentPrincipal,
  etagOf,
  type Principal,
  Public,
  RequestId,
} from '../platform/http/index.js';
import { grantsOf } from './domain/roles.js';
import { LoginService } from './login.service.js';
import {
  operatorDocument,
  type OperatorDocument,
  setupRequest,
  type SetupRequest,
  toOperatorDocument,
} from './operator.schema.js';
import {
  callerDocument,
  type CallerDocument,
  loginRequest,
  type LoginRequest,
  refreshRequest,
  type RefreshRequest,
  tokenPair,
  type TokenPair,
} from './session.schema.js';
import { SessionService } from './session.service.js';
import { SetupService } from './setup.service.js';
import { SignedIn } from './signed-in.js';

@ApiTags('auth')
@Controller('api/v1/auth')
export class AuthController {
  constructor(
    private readonly logins: LoginService,
    private readonly sessions: SessionService,
    private readonly setups: SetupService,
  ) {}

  @Post('login')
  @HttpCode(200)
  @Public('It is how a caller becomes known.')
  @ApiOperation({
    operationId: 'logIn',
    summary: 'Log in with a password',
    description:
      'Opens a session. The answer to a wrong login, a wrong password and a disabled operator is the same.',
  })
  @ApiOkResponse({ description: 'The tokens of the new session.', standardSchema: tokenPair })
  @ApiProblems(400, 401, 503)
  login(
    @Body({ schema: loginRequest }) request: LoginRequest,
    @RequestId() requestId: string,
  ): Promise<TokenPair> {
    return this.logins.login(request, requestId);
  }

  @Post('refresh')
  @HttpCode(200)
  @Public('The refresh token is the credential; the access token may have expired.')
  @ApiOperation({
    operationId: 'refreshSession',
    summary: 'Exchange a refresh token',
    description:
      'Gives the next pair of tokens. Each refresh token is used once; a used one that comes back later ends the session.',
  })
  @ApiOkResponse({ description: 'The next tokens of the session.', standardSchema: tokenPair })
  @ApiProblems(400, 401)
  refresh(
    @Body({ schema: refreshRequest }) request: RefreshRequest,
    @RequestId() requestId: string,
  ): Promise<TokenPair> {
    return this.sessions.refresh(request.refreshToken, requestId);
  }

  @Post('logout')
  @HttpCode(204)
  @SignedIn('Whoever is logged in may log out.')
  @ApiOperation({
    operationId: 'logOut',
    summary: 'Log out',
    description: "Ends the caller's session: its tokens are refused within 5 seconds on every node.",
  })
  @ApiNoContentResponse({ description: 'The session has ended.' })
  @ApiProblems(401)
  async logout(
    @CurrentPrincipal('principal') principal: Principal,
    @CurrentPrincipal() actor: Actor,
  ): Promise<void> {
    await this.sessions.end(principal, actor);
  }

  @Get('me')
  @SignedIn('Whoever is logged in may know as whom.')
  @ApiOperation({
    operationId: 'getCaller',
    summary: 'Who am I?',
    description: 'The caller, and what the caller may do.',
  })
  @ApiOkResponse({ description: 'The caller.', standardSchema: callerDocument })
  @ApiProblems(401)
  me(@CurrentPrincipal('principal') principal: Principal): CallerDocument {
    const { id, realm, login, roles, sessionId } = principal;
    return { id, realm, login, roles: [...roles], grants: grantsOf(roles), sessionId };
  }

  @Post('setup')
  @Public('The setup token is the credential; it is shown only to whoever starts the service.')
  @ApiOperation({
    operationId: 'setUp',
    summary: 'Create the first administrator',
    description: 'Works once, with the token from the start-up log, while there is no operator.',
  })
  @ApiCreatedResponse({ description: 'The administrator; log in next.', standardSchema: operatorDocument })
  @ApiProblems(400, 401, 409, 503)
  async setUp(
    @Body({ schema: setupRequest }) request: SetupRequest,
    @RequestId() requestId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperatorDocument> {
    const operator = await this.setups.complete(request, requestId);
    void reply.headers({ location: `/api/v1/operators/${operator.id}`, etag: etagOf(operator.version) });
    return toOperatorDocument(operator);
  }
}
