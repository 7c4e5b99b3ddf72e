import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';

/** The Prometheus registry of this process. Labels come from small sets, and never name a person, a host or a system. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** In the text format. A figure that cannot be read, such as while the database is away, is left out; the others are told. */
  async text(): Promise<string> {
    const names = this.registry.getMetricsAsArray().map(({ name }) => name);
    const told = await Promise.all(
      names.map((name) => this.registry.getSingleMetricAsString(name).catch(() => '')),
    );
    return `${told.filter((text) => text !== '').join('\n\n')}\n`;
  }
}
