/** Where an attacked server listens. */
export interface Target {
  readonly rtmp: number;
  readonly rtmfp: number;
  readonly http: number;
  /** Port of `[servers]`. */
  readonly links: number;
  /** Port of `[admin]`, whose token is {@link OPERATOR}. */
  readonly admin: number;
  /** Port where the hook is asked about publications below `slow/`; nobody listens there in peace. */
  readonly hook: number;
}

/** The token of the operators' port. */
export const OPERATOR = "hostile-operator";

/** What one peer does to a server; it ends by itself, or when `until` (ms of `performance.now`) is over. */
export type Attack = (target: Target, until: number) => Promise<void>;

/** Attacks by what they send. */
export type Attacks = Readonly<Record<string, Attack>>;

/** Milliseconds for which an attack that could go on for ever does. */
export const ATTACK_TIME = 4_000;

/** Milliseconds for which the server has the bytes of one, however long they took to make. */
const SENT_TIME = 2_000;

/** Does something again and again until the time is over. */
export async function repeat(until: number, work: () => Promise<boolean | void>): Promise<void> {
  while (performance.now() < until) {
    if (await work() === false) return;
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, milliseconds));
}

/** Sends bytes by TCP, reads until the server ends it or the time is over, and says what came first. */
export async function sendTcp(port: number, bytes: Uint8Array, until: number): Promise<string> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const timer = setTimeout(() => conn.close(), Math.max(SENT_TIME, until - performance.now()));
  let first = "";
  const write = async () => {
    for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
  };
  const read = async () => {
    const buffer = new Uint8Array(65_536);
    for (let count = await conn.read(buffer); count; count = await conn.read(buffer)) {
      first ||= new TextDecoder().decode(buffer.subarray(0, Math.min(count, 64)));
    }
  };
  try {
    await Promise.all([write(), read()]);
  } catch {
    // Cut, or over.
  } finally {
    clearTimeout(timer);
    try {
      conn.close();
    } catch {
      // Closed by the timer.
    }
  }
  return first;
}
