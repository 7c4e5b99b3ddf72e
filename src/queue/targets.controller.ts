import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  type Actor,
  ApiProblems,
  CurrentPrincipal,
  type Page,
  RequirePermission,
} from '../platform/http/index.js';
import { TargetHolds } from './target-holds.service.js';
import {
  holdRequest,
  type HoldRequest,
  targetIdParam,
  targetListQuery,
  type TargetListQuery,
  targetPage,
  targetResponse,
  type TargetResponse,
} from './targets.schema.js';

@ApiTags('queue')
@Controller('api/v1/targets')
export class TargetsController {
  constructor(private readonly holds: TargetHolds) {}

  @Get()
  @RequirePermission('queue.read')
  @ApiOperation({
    operationId: 'listTargets',
    summary: 'What operations are sent to',
    description: 'Each with its hold, its breaker, its limits, and how many lanes wait for what.',
  })
  @ApiOkResponse({ description: 'A page.', standardSchema: targetPage })
  list(@Query({ schema: targetListQuery }) query: TargetListQuery): Promise<Page<TargetResponse>> {
    return this.holds.list(query);
  }

  @Get(':id')
  @RequirePermission('queue.read')
  @ApiOperation({
    operationId: 'getTarget',
    summary: 'One target',
    description: 'Its hold, its breaker, its limits, and how many lanes wait for what.',
  })
  @ApiOkResponse({ description: 'The target.', standardSchema: targetResponse })
  @ApiProblems(404)
  get(@Param('id', { schema: targetIdParam }) id: string): Promise<TargetResponse> {
    return this.holds.get(Number(id));
  }

  @Put(':id/hold')
  @RequirePermission('queue.operate')
  @ApiOperation({
    operationId: 'holdTarget',
    summary: 'Begin nothing more on a target',
    description:
      'What is in hand ends. A read-only target is still read: what would be written becomes NOT_EXECUTED. The reason is audited.',
  })
  @ApiOkResponse({ description: 'It is held.', standardSchema: targetResponse })
  @ApiProblems(404, 409)
  async hold(
    @CurrentPrincipal() actor: Actor,
    @Param('id', { schema: targetIdParam }) id: string,
    @Body({ schema: holdRequest }) request: HoldRequest,
  ): Promise<TargetResponse> {
    await this.holds.hold(actor, Number(id), request);
    return this.holds.get(Number(id));
  }

  @Delete(':id/hold')
  @HttpCode(204)
  @RequirePermission('queue.operate')
  @ApiOperation({
    operationId: 'liftTargetHold',
    summary: 'Lift the hold of a target',
    description: 'What it held goes on where it was. After a restore everything is released elsewhere.',
  })
  @ApiNoContentResponse({ description: 'It is not held any more.' })
  @ApiProblems(404, 409)
  async lift(
    @CurrentPrincipal() actor: Actor,
    @Param('id', { schema: targetIdParam }) id: string,
  ): Promise<void> {
    await this.holds.lift(actor, Number(id));
  }
}
