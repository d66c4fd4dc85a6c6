/** A value, and what tells it from the others of its metric; each label has few values. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** How often something took at most so long: the last of `counts` is for all that took longer. */
export interface Distribution {
  /** Upper bounds of all counts but the last, growing. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

/** A distribution, and what tells it from the others of its metric. */
export interface LabelledDistribution {
  readonly labels?: Sample["labels"];
  readonly distribution: Distribution;
}

/**
 * One metric as a scrape shows it: `mona_` and its name, whose end is the unit (`_bytes`, `_seconds`).
 * The help is one line without quotes and backslashes.
 */
export type Metric =
  & { readonly name: string; readonly help: string }
  & (
    | { readonly type: "counter" | "gauge"; readonly samples: readonly Sample[] }
    | {
      readonly type: "histogram";
      readonly distributions: readonly LabelledDistribution[];
    }
  );

/** What a part of the server can tell when it is asked. */
export type MetricSource = () => Iterable<Metric>;

/** A part of the server that keeps counters for operators. */
export interface Metered {
  /** As they are now: reading them costs nothing where they are counted. */
  metrics(): Iterable<Metric>;
}

/** Something that only grows while the server runs; the writer adds `_total` to its name. */
export function counter(name: string, help: string, samples: number | readonly Sample[]): Metric {
  return { name, help, type: "counter", samples: samplesOf(samples) };
}

/** Something that is as it is now. */
export function gauge(name: string, help: string, samples: number | readonly Sample[]): Metric {
  return { name, help, type: "gauge", samples: samplesOf(samples) };
}

/** How often something took how long. */
export function histogram(name: string, help: string, distribution: Distribution): Metric {
  return { name, help, type: "histogram", distributions: [{ distribution }] };
}

/** One sample for each value of a label. */
export function by(label: string, values: Iterable<readonly [string, number]>): Sample[] {
  return [...values].map(([text, value]) => ({ labels: { [label]: text }, value }));
}

function samplesOf(samples: number | readonly Sample[]): readonly Sample[] {
  return typeof samples === "number" ? [{ value: samples }] : samples;
}
