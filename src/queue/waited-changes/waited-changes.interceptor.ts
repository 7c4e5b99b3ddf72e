// `Prefer: wait=N` on a change from which work follows: the change is carried out, then its answer waits for that work.
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  Logger,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { concatMap, type Observable } from 'rxjs';
import { Health } from '../../platform/health/index.js';
import { actorOf, preferredWait, requestIdOf } from '../../platform/http/index.js';
import { type WaitedChange, withWaitedChange } from '../enqueue/waited-change.js';
import { type GroupCounts, Groups } from '../groups.service.js';
import { GroupWatch } from './group-watch.js';
import { waitedChangeHeaders } from './waited-change-headers.js';

/** Below what proxies allow an answer. */
export const MOST_WAITED_SECONDS = 30;

@Injectable()
export class WaitedChangesInterceptor implements NestInterceptor {
  readonly #log = new Logger('queue');

  constructor(
    private readonly groups: Groups,
    private readonly watch: GroupWatch,
    private readonly health: Health,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const waitSeconds = preferredWait(request, MOST_WAITED_SECONDS);
    if (waitSeconds === undefined) return next.handle();
    const change: WaitedChange = {
      subject: `${request.method} ${request.url.split('?', 1)[0]}`,
      actor: actorOf(request).name,
      groupId: null,
    };
    return withWaitedChange(change, () => next.handle()).pipe(
      concatMap(async (answer: unknown) => {
        await this.#wait(change.groupId, waitSeconds, request, http.getResponse<FastifyReply>());
        return answer;
      }),
    );
  }

  async #wait(
    groupId: number | null,
    waitSeconds: number,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    reply.raw.once('close', leave);
    if (groupId !== null) await this.watch.untilNothingOpen(groupId, waitSeconds * 1_000, gone.signal);
    reply.raw.off('close', leave);
    if (gone.signal.aborted) return;
    const counts = groupId === null ? null : await this.#counts(groupId, request);
    const reasons = counts !== null && counts.open > 0 ? await this.#reasons() : [];
    void reply.headers(waitedChangeHeaders({ waitSeconds, groupId, counts, reasons }));
  }

  /** The change is made, whatever becomes of this question. */
  async #counts(groupId: number, request: FastifyRequest): Promise<GroupCounts | null> {
    try {
      const [counts] = await this.groups.counts([groupId]);
      return counts ?? null;
    } catch (error) {
      this.#log.warn(
        { request_id: requestIdOf(request), group_id: groupId, err: error },
        'nobody knows how far what follows from a change is',
      );
      return null;
    }
  }

  async #reasons(): Promise<string[]> {
    return Object.values((await this.health.report()).warnings);
  }
}
