// The framework that the service is built with: a controller that returns the same document, without guard, pipe or header.
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveParent } from '../harness/serve-parent.js';

const document = JSON.parse(process.env['BENCH_DOCUMENT'] ?? '{}') as unknown;

@Controller('api/v1/auth')
class BareController {
  @Get('me')
  me(): unknown {
    return document;
  }
}

@Module({ controllers: [BareController] })
class BareModule {}

const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(), {
  logger: false,
});
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();

serveParent({ started: () => ({ url }) }, () => app.close());
