import { Module } from '@nestjs/common';
import { ProblemsController } from './problems.controller.js';

/** The routes of the HTTP part itself. */
@Module({ controllers: [ProblemsController] })
export class HttpModule {}
