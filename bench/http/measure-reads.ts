// The same bytes from a bare Fastify, a bare NestJS and from Provost's guarded route, by turns.
import { type BenchOptions, type Figure, judged, type VariantSummary } from '../harness/bench.js';
import { type HttpAnswer, HttpLoad, type HttpRequest } from '../harness/http-load.js';
import { MeasuredProcess } from '../harness/measured-process.js';
import type { Provost } from '../harness/provost.js';
import { alternate, cpuBeyond, summaryOf, type Variant } from '../harness/rounds.js';
import { median, quartiles } from '../harness/statistics.js';

const CONNECTIONS = 8;
const ITEMS = 3_000;
const PATH = '/api/v1/auth/me';

const isAnswered = ({ status }: HttpAnswer): boolean => status === 200;

export async function measureReads(
  provost: Provost,
  options: BenchOptions,
  closing: (close: () => Promise<unknown> | void) => void,
): Promise<{ figures: Figure[]; variants: VariantSummary[] }> {
  const load = new HttpLoad(CONNECTIONS);
  closing(() => load.close());
  const headers = { authorization: `Bearer ${provost.accessToken}` };
  const { body } = await load.send({ url: `${provost.url}${PATH}`, headers });

  const bare = async (file: string): Promise<{ process: MeasuredProcess; url: string }> => {
    const process = MeasuredProcess.start(new URL(file, import.meta.url), { BENCH_DOCUMENT: body });
    closing(() => process.stop());
    return { process, ...(await process.ask<{ url: string }>('started')) };
  };
  const fastify = await bare('bare-fastify.child.ts');
  const nest = await bare('bare-nest.child.ts');

  const isSame = (answer: HttpAnswer): boolean => answer.status === 200 && answer.body === body;
  const variant = (
    name: string,
    process: MeasuredProcess,
    request: HttpRequest,
    isWanted: (answer: HttpAnswer) => boolean = isSame,
  ): Variant => ({
    name,
    round: async () => ({
      items: ITEMS,
      ...(await process.during(() => load.repeat(request, ITEMS, isWanted))),
    }),
  });
  const rows = await alternate(
    [
      variant('bare Fastify', fastify.process, { url: `${fastify.url}${PATH}` }),
      variant('bare NestJS', nest.process, { url: `${nest.url}${PATH}`, headers }),
      variant('guarded read', provost.process, { url: `${provost.url}${PATH}`, headers }),
      variant(
        'guarded list',
        provost.process,
        { url: `${provost.url}/api/v1/roles?limit=1`, headers },
        isAnswered,
      ),
    ],
    options,
  );

  const beyond = (name: string, of: string, base: string, atMost?: number): Figure => {
    const costs = cpuBeyond(rows, of, base);
    return judged({
      name,
      value: median(costs),
      unit: 'ms CPU',
      spread: quartiles(costs),
      ...(atMost === undefined ? {} : { atMost }),
    });
  };
  return {
    variants: summaryOf(rows),
    figures: [
      beyond('a guarded read beyond bare NestJS', 'guarded read', 'bare NestJS', 0.3),
      beyond('a guarded read beyond bare Fastify', 'guarded read', 'bare Fastify'),
      beyond('a guarded list with its query beyond bare NestJS', 'guarded list', 'bare NestJS'),
    ],
  };
}
