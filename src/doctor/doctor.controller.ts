import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, RequirePermission } from '../platform/http/index.js';
import { doctorReport, type DoctorReport } from './doctor.schema.js';
import { Doctor } from './doctor.service.js';

@ApiTags('operation')
@Controller('api/v1/doctor')
export class DoctorController {
  constructor(private readonly doctor: Doctor) {}

  @Get()
  @RequirePermission('doctor.read')
  @ApiOperation({
    operationId: 'getDoctorReport',
    summary: 'What is wrong, and what to do',
    description:
      'Looks at the configuration, clocks, database, systems, nodes, schedules and the queue, five seconds at most. ' +
      'Systems are connected to. What cannot be looked at is a finding too.',
  })
  @ApiOkResponse({ description: 'What was found.', standardSchema: doctorReport })
  @ApiProblems(401, 403)
  report(): Promise<DoctorReport> {
    return this.doctor.report();
  }
}
