import { Body, Controller, Get, Headers, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import {
  type Actor,
  ApiProblems,
  CurrentPrincipal,
  etagOf,
  idParam,
  type Page,
  pageQuery,
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
  type ScheduleRunDocument,
  scheduleRunDocument,
  scheduleRunPage,
} from './schedule.schema.js';
import { Schedules } from './schedules.service.js';

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
  @ApiProblems(400, 401, 403)
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
  @ApiProblems(400, 401, 403, 404)
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
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'The ETag you saw: refuses when somebody changed it since.',
  })
  @ApiOkResponse({ description: 'The schedule as it is now.', standardSchema: scheduleDocument })
  @ApiProblems(400, 401, 403, 404, 412, 422)
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

  @Post(':name/runs')
  @HttpCode(201)
  @RequirePermission('schedules.operate')
  @ApiOperation({
    operationId: 'runSchedule',
    summary: 'Run a schedule now',
    description:
      'Runs on this node, paused or not, and answers when the run has ended. One that lasts longer than 25 seconds is answered unfinished; Location says where to look.',
  })
  @ApiCreatedResponse({ description: 'The run.', standardSchema: scheduleRunDocument })
  @ApiProblems(400, 401, 403, 404, 409, 503)
  async run(
    @Param('name', { schema: scheduleName }) name: string,
    @CurrentPrincipal() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScheduleRunDocument> {
    const id = await this.schedules.runNow(name, actor);
    void reply.header('location', `/api/v1/schedules/${name}/runs/${id}`);
    return this.entries.showRun(name, id);
  }

  @Get(':name/runs')
  @RequirePermission('schedules.read')
  @ApiOperation({
    operationId: 'listScheduleRuns',
    summary: 'List the runs of a schedule',
    description: 'Newest first; the newest 100 are kept.',
  })
  @ApiOkResponse({ description: 'A page of runs.', standardSchema: scheduleRunPage })
  @ApiProblems(400, 401, 403, 404)
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
  @ApiProblems(400, 401, 403, 404)
  showRun(
    @Param('name', { schema: scheduleName }) name: string,
    @Param('id', { schema: idParam }) id: string,
  ): Promise<ScheduleRunDocument> {
    return this.entries.showRun(name, id);
  }
}
