/** Where the server listens. */
export interface Ports {
  readonly rtmp: number;
  readonly rtmfp: number;
  readonly http: number;
}

/** One connection from its beginning to its end; rejects when it does not get what it wants. */
export type Visit = (ports: Ports) => Promise<void>;

/** Connections of a kind, and how many of a hundred they are. */
export interface Kind {
  readonly name: string;
  readonly share: number;
  readonly visit: Visit;
}

/** The stream that is there all the time. */
export const FILM = "film";
/** As large as nobody who stalls can keep up with: 1 MB a second. */
export const FAT = "fat";
/** Names that publishers fight for. */
const NAMES = 60;
/** Milliseconds between two frames of a visitor. */
const FRAME_INTERVAL = 100;
/** Milliseconds for which a silent one stays. */
export const SILENCE = 15_000;

/** A whole number below `bound`. */
export function random(bound: number): number {
  return Math.floor(Math.random() * bound);
}

/** The application of a visitor: one that stays, or one that is edited meanwhile. */
export function anyApp(): string {
  return random(2) === 0 ? "live" : "edited";
}

/** A stream that one of the visitors may publish. */
export function anyName(): string {
  return `s${random(NAMES)}`;
}

/** How long a visitor stays, in milliseconds. */
export function aWhile(): Promise<void> {
  return pause(500 + random(5000));
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, milliseconds));
}

/** Calls `send` with the number of each frame, for a while. */
export async function frames(send: (index: number) => Promise<void> | void): Promise<void> {
  const count = 5 + random(50);
  for (let index = 0; index < count; index++) {
    await send(index);
    await pause(FRAME_INTERVAL);
  }
}

/** A video tag's body; every 25th is a key frame. */
export function video(index: number, size = 600): Uint8Array {
  const body = new Uint8Array(size);
  body.set([index % 25 === 0 ? 0x17 : 0x27, 1, 0, 0, 0]);
  return body;
}
