import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import {
  type Actor,
  ApiIfMatch,
  ApiPrefer,
  ApiProblems,
  CurrentPrincipal,
  etagOf,
  idParam,
  type Page,
  pageQuery,
  preferredWaitSeconds,
  RequirePermission,
} from '../platform/http/index.js';
import { ScheduleEntries } from './schedule-entries.service.js';
import {
  type ScheduleChange,
  scheduleChange,
  type ScheduleDocument,
  scheduleDocument,
  scheduleName,
  schedulePage,
  type SchedulePreview,
  schedulePreview,
  type ScheduleRunDocument,
  scheduleRunDocument,
  scheduleRunPage,
  type ScheduleSlots,
  scheduleSlots,
  type SlotsQuery,
  slotsQuery,
} from './schedule.schema.js';
import { RUN_NOW_SECONDS, Schedules } from './schedules.service.js';

@ApiTags('schedules')
@Controller('api/v1/schedules')
export class SchedulesController {
  constructor(
    private readonly schedules: Schedules,
    private readonly entries: ScheduleEntries,
  ) {}

  @Get()
  @RequirePermission('schedules.read')
  @ApiOperation({
    operationId: 'listSchedules',
    summary: 'List the schedules',
    description: 'Recurring work by name: when it fires next and how it last went.',
  })
  @ApiOkResponse({ description: 'A page of schedules.', standardSchema: schedulePage })
  list(@Query({ schema: pageQuery }) query: z.infer<typeof pageQuery>): Promise<Page<ScheduleDocument>> {
    return this.entries.list(query);
  }

  @Get(':name')
  @RequirePermission('schedules.read')
  @ApiOperation({
    operationId: 'getSchedule',
    summary: 'Show a schedule',
    description: 'With the next three times it fires. The ETag names its settings, not its last run.',
  })
  @ApiOkResponse({ description: 'The schedule.', standardSchema: scheduleDocument })
  @ApiProblems(404)
  async show(
    @Param('name', { schema: scheduleName }) name: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScheduleDocument> {
    const { schedule, version } = await this.entries.show(name);
    void reply.header('etag', etagOf(version));
    return schedule;
  }

  @Patch(':name')
  @RequirePermission('schedules.write')
  @ApiOperation({
    operationId: 'updateSchedule',
    summary: 'Change when a schedule fires, pause or resume it',
    description:
      'Takes effect on all nodes within two seconds. Times that passed while it was paused do not fire.',
  })
  @ApiIfMatch()
  @ApiOkResponse({ description: 'The schedule as it is now.', standardSchema: scheduleDocument })
  @ApiProblems(404, 412, 422)
  async change(
    @Param('name', { schema: scheduleName }) name: string,
    @Body({ schema: scheduleChange }) body: ScheduleChange,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScheduleDocument> {
    const { schedule, version } = await this.entries.change(name, body, ifMatch, actor);
    void reply.header('etag', etagOf(version));
    return schedule;
  }

  @Get(':name/slots')
  @RequirePermission('schedules.read')
  @ApiOperation({
    operationId: 'listScheduleSlots',
    summary: 'List the times to come',
    description:
      'The next times the schedule names, with what the clocks of its zone show: a missing time fires when the clock has jumped over it; a doubled one once, at the first, unless every hour is named.',
  })
  @ApiOkResponse({ description: 'The times.', standardSchema: scheduleSlots })
  @ApiProblems(404, 422)
  listSlots(
    @Param('name', { schema: scheduleName }) name: string,
    @Query({ schema: slotsQuery }) query: SlotsQuery,
  ): Promise<ScheduleSlots> {
    return this.entries.listSlots(name, query);
  }

  @Post('preview')
  @HttpCode(200)
  @RequirePermission('schedules.read')
  @ApiOperation({
    operationId: 'previewSchedule',
    summary: 'Try a cron expression',
    description: 'The times that it would name in a zone; nothing is changed.',
  })
  @ApiOkResponse({ description: 'The times.', standardSchema: scheduleSlots })
  @ApiProblems(422)
  preview(@Body({ schema: schedulePreview }) body: SchedulePreview): ScheduleSlots {
    return this.entries.preview(body);
  }

  @Post(':name/runs')
  @HttpCode(201)
  @RequirePermission('schedules.operate')
  @ApiOperation({
    operationId: 'runSchedule',
    summary: 'Run a schedule now',
    description:
      'Runs on this node, paused or not, and answers when the run has ended, or after 25 seconds: Location says where to look.',
  })
  @ApiPrefer(RUN_NOW_SECONDS)
  @ApiCreatedResponse({ description: 'The run has ended.', standardSchema: scheduleRunDocument })
  @ApiAcceptedResponse({ description: 'The run goes on.', standardSchema: scheduleRunDocument })
  @ApiProblems(404, 409)
  async run(
    @Param('name', { schema: scheduleName }) name: string,
    @CurrentPrincipal() actor: Actor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScheduleRunDocument> {
    const wait = preferredWaitSeconds(request, reply, RUN_NOW_SECONDS);
    const id = await this.schedules.runNow(name, actor, wait);
    const run = await this.entries.showRun(name, id);
    void reply
      .status(run.finishedAt === null ? 202 : 201)
      .header('location', `/api/v1/schedules/${name}/runs/${id}`);
    return run;
  }

  @Get(':name/runs')
  @RequirePermission('schedules.read')
  @ApiOperation({
    operationId: 'listScheduleRuns',
    summary: 'List the runs of a schedule',
    description: 'Newest first; the newest 100 are kept.',
  })
  @ApiOkResponse({ description: 'A page of runs.', standardSchema: scheduleRunPage })
  @ApiProblems(404)
  listRuns(
    @Param('name', { schema: scheduleName }) name: string,
    @Query({ schema: pageQuery }) query: z.infer<typeof pageQuery>,
  ): Promise<Page<ScheduleRunDocument>> {
    return this.entries.listRuns(name, query);
  }

  @Get(':name/runs/:id')
  @RequirePermission('schedules.read')
  @ApiOperation({
    operationId: 'getScheduleRun',
    summary: 'Show a run of a schedule',
    description: 'One run: who started it, where it ran and how it ended.',
  })
  @ApiOkResponse({ description: 'The run.', standardSchema: scheduleRunDocument })
  @ApiProblems(404)
  showRun(
    @Param('name', { schema: scheduleName }) name: string,
    @Param('id', { schema: idParam }) id: string,
  ): Promise<ScheduleRunDocument> {
    return this.entries.showRun(name, id);
  }
}
