import { Module } from '@nestjs/common';
import { NoticeOperation } from './notice.operation.js';
import { NoticeSweep } from './notice-sweep.js';
import { Webhook } from './webhook.js';

/** Tells people what waits for them. */
@Module({ providers: [Webhook, NoticeOperation, NoticeSweep] })
export class NoticesModule {}
