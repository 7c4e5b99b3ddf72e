import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Database } from '../../platform/database/index.js';
import { type Actor, ApiProblems, CurrentPrincipal, RequirePermission } from '../../platform/http/index.js';
import { readRestoration } from './restoration.queries.js';
import {
  type RestorationDecision,
  restorationDecision,
  type RestorationResponse,
  restorationResponse,
} from './restoration.schema.js';
import { Restoration } from './restoration.service.js';

@ApiTags('queue')
@Controller('api/v1/queue/restoration')
export class RestorationController {
  constructor(
    private readonly restoration: Restoration,
    private readonly database: Database,
  ) {}

  @Get()
  @RequirePermission('queue.read')
  @ApiOperation({
    operationId: 'getRestoration',
    summary: 'Is the queue held as a restored backup?',
    description: 'Since when and why, and what a release would set in motion.',
  })
  @ApiOkResponse({ description: 'How it stands.', standardSchema: restorationResponse })
  get(): Promise<RestorationResponse> {
    return readRestoration(this.database);
  }

  @Post('hold')
  @HttpCode(200)
  @RequirePermission('queue.operate')
  @ApiOperation({
    operationId: 'holdQueue',
    summary: 'Begin nothing more, as after a restore',
    description: 'For a restore that was not noticed by itself. What is in hand ends; the reason is audited.',
  })
  @ApiOkResponse({ description: 'Everything is held.', standardSchema: restorationResponse })
  @ApiProblems(409)
  async hold(
    @CurrentPrincipal() actor: Actor,
    @Body({ schema: restorationDecision }) { reason }: RestorationDecision,
  ): Promise<RestorationResponse> {
    await this.restoration.hold(actor, reason);
    return this.get();
  }

  @Post('release')
  @HttpCode(200)
  @RequirePermission('queue.operate')
  @ApiOperation({
    operationId: 'releaseQueue',
    summary: 'Go on after a restore',
    description:
      'What waits is sent from now on; what was begun before the backup is read first. The reason is audited.',
  })
  @ApiOkResponse({ description: 'Work goes on.', standardSchema: restorationResponse })
  @ApiProblems(409)
  async release(
    @CurrentPrincipal() actor: Actor,
    @Body({ schema: restorationDecision }) { reason }: RestorationDecision,
  ): Promise<RestorationResponse> {
    await this.restoration.release(actor, reason);
    return this.get();
  }
}
