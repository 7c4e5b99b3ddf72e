// One look at everything. Whoever asks within some seconds gets the same answer: to look costs connections and logins.
import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Diagnosis, worstOf } from '../platform/diagnosis/index.js';
import type { DoctorReport } from './doctor.schema.js';

const KEPT_MS = 10_000;

@Injectable()
export class Doctor {
  #latest: { readonly atMs: number; readonly report: Promise<DoctorReport> } | undefined;

  constructor(
    private readonly diagnosis: Diagnosis,
    private readonly clock: Clock,
  ) {}

  report(): Promise<DoctorReport> {
    const atMs = this.clock.monotonicMs();
    if (this.#latest === undefined || atMs - this.#latest.atMs > KEPT_MS)
      this.#latest = { atMs, report: this.#look() };
    return this.#latest.report;
  }

  async #look(): Promise<DoctorReport> {
    const lookedAt = this.clock.now().toISOString();
    const findings = await this.diagnosis.findings();
    return {
      level: worstOf(findings.map(({ level }) => level)),
      node: `${hostname()}:${process.pid}`,
      lookedAt,
      findings,
    };
  }
}
