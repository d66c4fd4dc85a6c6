/** What the server's process says of itself begins so. */
export const MARK = "soak: ";

/** What is measured of a server, at one moment. */
export interface Reading {
  /** Megabytes that the system gave to the process. */
  readonly resident: number;
  /** Megabytes of JavaScript and of what belongs to it, the Lua module included, after a collection. */
  readonly heap: number;
  /** Megabytes that scripts hold, after a collection. */
  readonly lua: number;
  readonly descriptors: number;
  /** Timers that are pending. */
  readonly timers: number;
  /** Clients, publications and groups, as a script counts them. */
  readonly clients: number;
  readonly publications: number;
  readonly groups: number;
  /** Seconds of processor time since the start. */
  readonly cpu: number;
}

/** What has to be flat, with what each may grow by beside a twentieth: the noise of random visitors. */
const SLACK = { resident: 8, heap: 3, lua: 0.2, descriptors: 40, timers: 40 };

type Flat = keyof typeof SLACK;

/** Fewer readings in each half would tell of noise. */
const FEWEST = 3;

/**
 * What is not flat: its mean over the second half of the readings is above that of the first. None
 * of them is from the time in which a server fills. Undefined when there are too few to tell.
 */
export function growing(readings: readonly Reading[]): string[] | undefined {
  const half = Math.floor(readings.length / 2);
  if (half < FEWEST) return undefined;
  const early = readings.slice(0, half);
  const late = readings.slice(-half);
  return names().flatMap((name) => {
    const [before, after] = [mean(early, name), mean(late, name)];
    return after <= before * 1.05 + SLACK[name] ? [] : [change(name, before, after)];
  });
}

/**
 * What is more when everybody has left than before anybody came. Memory that the system gave stays,
 * and tables of Lua keep the room of as many clients as there were at most.
 */
export function left(before: Reading, after: Reading): string[] {
  const exact = ["clients", "publications", "groups"] as const;
  const near = { descriptors: 5, timers: 5 };
  return [
    ...exact.filter((name) => after[name] > before[name]),
    ...(Object.keys(near) as (keyof typeof near)[])
      .filter((name) => after[name] > before[name] + near[name]),
  ].map((name) => change(name, before[name], after[name]));
}

export const HEADING = "  minute  resident    heap     Lua  files  timers  clients  streams   CPU";

/** One line of the curve; `cpu` is the share of one processor since the reading before. */
export function line(minute: number, reading: Reading, cpu: number): string {
  const megabytes = (value: number, width: number) => `${value.toFixed(1)} MB`.padStart(width);
  return minute.toFixed(1).padStart(8) + megabytes(reading.resident, 10) +
    megabytes(reading.heap, 8) + `${reading.lua.toFixed(2)} MB`.padStart(8) +
    String(reading.descriptors).padStart(7) + String(reading.timers).padStart(8) +
    String(reading.clients).padStart(9) + String(reading.publications).padStart(9) +
    `${Math.round(cpu * 100)} %`.padStart(6);
}

function names(): Flat[] {
  return Object.keys(SLACK) as Flat[];
}

function mean(readings: readonly Reading[], name: Flat): number {
  return readings.reduce((sum, each) => sum + each[name], 0) / readings.length;
}

function change(name: string, before: number, after: number): string {
  return `${name} from ${before.toFixed(1)} to ${after.toFixed(1)}`;
}
