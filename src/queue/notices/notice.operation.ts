// One notice to people: about one target, computed when it is sent. A receiver that is down holds up nobody: notices
// have a target of their own, and end when their attempts are used up.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { Clock } from '../../platform/clock/index.js';
import { Database, loadStatement } from '../../platform/database/index.js';
import { DialRefusedError } from '../../platform/dialer/index.js';
import { wordsOf } from '../../platform/failures/index.js';
import type { Attempt, OperationKind, Outcome } from '../operation-kind.js';
import { OperationKinds } from '../operation-kinds.js';
import { deliveryOf } from './delivery.js';
import {
  noticeDocument,
  type NoticeDocument,
  type NoticedTarget,
  type ParkedOperation,
} from './notice-document.js';
import { Webhook } from './webhook.js';

export const NOTICE = 'notice';

const noticePayload = z.strictObject({
  /** The receiver's means to see that it has this one already. */
  eventId: z.uuid(),
  targetId: z.int(),
});

export type NoticePayload = z.infer<typeof noticePayload>;

const MOST_COUNTED = 10_000;
const FIRST_SHOWN = 10;
const NOTICED_TARGET = loadStatement('noticed-target', import.meta.url);
const FIRST_PARKED = loadStatement('first-parked', import.meta.url);

@Injectable()
export class NoticeOperation implements OperationKind<NoticePayload>, OnModuleInit {
  readonly kind = NOTICE;
  readonly payload = noticePayload;
  readonly whenExhausted = 'end';
  readonly retryGate = 'claim';

  constructor(
    private readonly kinds: OperationKinds,
    private readonly database: Database,
    private readonly webhook: Webhook,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.kinds.register(this);
  }

  async run({ operation, signal }: Attempt<NoticePayload>): Promise<Outcome> {
    if (!this.webhook.isConfigured) {
      const message = 'PROVOST_NOTICE_URL is not set any more: nobody was told.';
      return { kind: 'permanent', code: 'not-configured', message };
    }
    const notice = await this.#compose(operation.payload);
    if (notice === undefined) return { kind: 'executed', summary: 'its target is gone; nothing was sent' };
    try {
      return deliveryOf(await this.webhook.post(notice, signal));
    } catch (error) {
      if (error instanceof DialRefusedError) {
        return { kind: 'configuration', code: 'refused', message: error.message, sign: 'misconfigured' };
      }
      const message = `The receiver cannot be reached: ${wordsOf(signal.aborted ? signal.reason : error)}.`;
      return { kind: 'transient', code: 'unreachable', message, sign: 'in-trouble' };
    }
  }

  async #compose({ eventId, targetId }: NoticePayload): Promise<NoticeDocument | undefined> {
    const [target] = await this.database.query<NoticedTarget>(NOTICED_TARGET, [targetId, MOST_COUNTED]);
    if (target === undefined) return undefined;
    const first = await this.database.query<ParkedOperation>(FIRST_PARKED, [targetId, FIRST_SHOWN]);
    return noticeDocument(eventId, this.clock.now(), target, first);
  }
}
