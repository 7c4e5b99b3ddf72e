// One connection through the proxy: passes messages on in their order and carries out the fate of each write.
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type LdapFrame, LdapFrames, type WriteKind } from './ldap-frames.js';
import type { FateKind, WriteFate } from './write-fate.js';

/** A write as it passed here; times in milliseconds of one clock. */
export interface ProxiedWrite {
  readonly kind: WriteKind;
  readonly dn: string;
  /** The process that sent it, when that is known. */
  readonly pid: number | undefined;
  readonly fate: FateKind;
  readonly seenAt: number;
  /** When its reply came, or nothing more could come. */
  endedAt: number;
  isForwarded: boolean;
  result: number | undefined;
}

/** `seen`: the request is here, the server has not got it. `answered`: the client has just been given the reply. */
export type Moment = 'seen' | 'answered';

interface LiveWrite {
  readonly write: ProxiedWrite;
  readonly fate: WriteFate;
}

export interface LinkOwner {
  readonly begin: (kind: WriteKind, dn: string) => LiveWrite;
  readonly reach: (moment: Moment, write: ProxiedWrite) => void;
  readonly close: () => void;
}

export class LdapFaultLink {
  readonly #server: Socket;
  /** Writes without a reply yet, by message id. */
  readonly #live = new Map<number, LiveWrite>();
  #requests: Promise<void> = Promise.resolve();
  #replies: Promise<void> = Promise.resolve();
  #isHung = false;
  #isCut = false;

  constructor(
    private readonly client: Socket,
    port: number,
    private readonly owner: LinkOwner,
  ) {
    this.#server = connect({ port, host: '127.0.0.1' });
    this.#follow(client, (frame) => this.#takeRequest(frame));
    this.#follow(this.#server, (frame) => this.#takeReply(frame));
    // What a client sent before it died still arrives, as it would on any network.
    client.on('close', () => this.#cutWhenQuiet());
    this.#server.on('close', () => this.cut());
  }

  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    for (const { write } of this.#live.values()) write.endedAt = performance.now();
    this.#live.clear();
    this.client.destroy();
    this.#server.destroy();
    this.owner.close();
  }

  #follow(socket: Socket, take: (frame: LdapFrame) => void): void {
    const frames = new LdapFrames();
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of frames.push(chunk)) take(frame);
      } catch {
        this.cut();
      }
    });
  }

  #takeRequest(frame: LdapFrame): void {
    if (this.#isHung) return;
    if (frame.write === undefined) {
      this.#requests = this.#sendOn(this.#requests, frame, 0);
      return;
    }
    const live = this.owner.begin(frame.write.kind, frame.write.dn);
    this.#live.set(frame.messageId, live);
    this.owner.reach('seen', live.write);
    if (live.fate.kind === 'request-lost') this.cut();
    else this.#requests = this.#sendOn(this.#requests, frame, waitOf(live.fate, 'request'), live.write);
  }

  async #sendOn(
    before: Promise<void>,
    { bytes }: LdapFrame,
    milliseconds: number,
    write?: ProxiedWrite,
  ): Promise<void> {
    await before;
    if (milliseconds > 0) await delay(milliseconds);
    if (this.#isCut) return;
    if (write !== undefined) write.isForwarded = true;
    this.#server.write(bytes);
  }

  #takeReply(frame: LdapFrame): void {
    const live = frame.result === undefined ? undefined : this.#live.get(frame.messageId);
    if (live === undefined) {
      this.#replies = this.#giveBack(this.#replies, frame, 0);
      return;
    }
    const { write, fate } = live;
    this.#live.delete(frame.messageId);
    write.result = frame.result;
    write.endedAt = performance.now();
    if (fate.kind === 'reply-lost') this.cut();
    else if (fate.kind === 'hung') this.#isHung = true;
    else this.#replies = this.#giveBack(this.#replies, frame, waitOf(fate, 'reply'), write);
    if (this.client.destroyed) this.#cutWhenQuiet();
  }

  async #giveBack(
    before: Promise<void>,
    { bytes }: LdapFrame,
    milliseconds: number,
    write?: ProxiedWrite,
  ): Promise<void> {
    await before;
    if (milliseconds > 0) await delay(milliseconds);
    if (this.#isCut || this.#isHung) return;
    this.client.write(bytes);
    if (write !== undefined) this.owner.reach('answered', write);
  }

  #cutWhenQuiet(): void {
    if (this.#live.size === 0) this.cut();
  }
}

function waitOf(fate: WriteFate, what: 'request' | 'reply'): number {
  return fate.kind === 'delayed' && fate.what === what ? fate.milliseconds : 0;
}
