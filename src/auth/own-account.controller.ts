import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import {
  type Actor,
  ApiProblems,
  CurrentPrincipal,
  idParam,
  NeverStored,
  type Page,
  pageQuery,
  type Principal,
} from '../platform/http/index.js';
import {
  changePasswordRequest,
  type ChangePasswordRequest,
  type SessionDocument,
  sessionPage,
} from './own-account.schema.js';
import { OwnPasswordService } from './own-password.service.js';
import { OwnSessionsService } from './own-sessions.service.js';
import { Origin, type RequestOrigin } from './request-origin.js';
import { callerDocument, type CallerDocument } from './session.schema.js';
import { SessionService } from './session.service.js';
import { SignedIn } from './signed-in.js';

@ApiTags('auth')
@Controller('api/v1/auth')
@SignedIn('It is about the caller alone.')
export class OwnAccountController {
  constructor(
    private readonly sessions: SessionService,
    private readonly ownSessions: OwnSessionsService,
    private readonly ownPassword: OwnPasswordService,
  ) {}

  @Get('me')
  @ApiOperation({
    operationId: 'getCaller',
    summary: 'Who am I?',
    description: 'The caller, and what the caller may do.',
  })
  @ApiOkResponse({ description: 'The caller.', standardSchema: callerDocument })
  @ApiProblems(401)
  me(@CurrentPrincipal('principal') caller: Principal): CallerDocument {
    const { id, realm, login, displayName, roles, grants, identityId, sessionId } = caller;
    return { id, realm, login, displayName, roles: [...roles], grants: [...grants], identityId, sessionId };
  }

  @Post('logout')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'logOut',
    summary: 'Log out',
    description: "Ends the caller's session: its tokens are refused within 5 seconds on every node.",
  })
  @ApiNoContentResponse({ description: 'The session has ended.' })
  @ApiProblems(401)
  async logout(
    @CurrentPrincipal('principal') caller: Principal,
    @CurrentPrincipal() actor: Actor,
  ): Promise<void> {
    await this.sessions.end(caller, actor);
  }

  @Post('password')
  @HttpCode(204)
  @NeverStored('It is about passwords.')
  @ApiOperation({
    operationId: 'changePassword',
    summary: 'Change your own password',
    description:
      'For a password that Provost keeps. Every other session of yours ends, within 5 seconds on every node. ' +
      'Wrong current passwords count as wrong logins.',
  })
  @ApiNoContentResponse({ description: 'The password is changed.' })
  @ApiProblems(400, 401, 409, 422, 429, 503)
  async changePassword(
    @Body({ schema: changePasswordRequest }) request: ChangePasswordRequest,
    @CurrentPrincipal('principal') caller: Principal,
    @CurrentPrincipal() actor: Actor,
    @Origin() origin: RequestOrigin,
  ): Promise<void> {
    await this.ownPassword.change(caller, request, actor, origin);
  }

  @Get('sessions')
  @ApiOperation({
    operationId: 'listOwnSessions',
    summary: 'List your own sessions',
    description: 'Where you are logged in, the newest first, a page at a time.',
  })
  @ApiOkResponse({ description: 'One page.', standardSchema: sessionPage })
  @ApiProblems(400, 401)
  listSessions(
    @Query({ schema: pageQuery }) query: z.infer<typeof pageQuery>,
    @CurrentPrincipal('principal') caller: Principal,
  ): Promise<Page<SessionDocument>> {
    return this.ownSessions.list(caller, query);
  }

  @Delete('sessions')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'endOwnSessions',
    summary: 'Log out everywhere',
    description: 'Ends every session of yours, this one too, within 5 seconds on every node.',
  })
  @ApiNoContentResponse({ description: 'The sessions have ended.' })
  @ApiProblems(401)
  async endSessions(
    @CurrentPrincipal('principal') caller: Principal,
    @CurrentPrincipal() actor: Actor,
  ): Promise<void> {
    await this.ownSessions.endAll(caller, actor);
  }

  @Delete('sessions/:id')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'endOwnSession',
    summary: 'End one of your own sessions',
    description:
      'Its tokens are refused within 5 seconds on every node. A session of somebody else is not found.',
  })
  @ApiNoContentResponse({ description: 'The session has ended.' })
  @ApiProblems(400, 401, 404)
  async endSession(
    @Param('id', { schema: idParam }) id: string,
    @CurrentPrincipal('principal') caller: Principal,
    @CurrentPrincipal() actor: Actor,
  ): Promise<void> {
    await this.ownSessions.end(caller, id, actor);
  }
}
