import { Histogram, type Metered, type Metric, type Sample } from "../../base/mod.ts";

/** Metrics of all scripts together, and series of one metric. */
const MAX_METRICS = 100;
const MAX_SERIES = 100;
/** Characters of a name, a help and a label's value. */
const LONGEST = 100;

/** Label value of all that are too many. */
const OTHER = "other";

/** Upper bounds of a histogram that names none, in seconds as a rule. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const MAX_BOUNDS = 30;

/** What scripts count is told below this name, apart from what the server counts itself. */
const PREFIX = "app_";

/** https://prometheus.io/docs/concepts/data_model/ */
const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** What a script says of a metric. */
export interface MetricDefinition {
  readonly type: "counter" | "gauge" | "histogram";
  readonly name: string;
  readonly help: string;
  /** Name of the label; empty for none. */
  readonly label: string;
  /** Of a histogram; empty for the usual ones. */
  readonly bounds: readonly number[];
}

/** A metric that scripts count by. */
export class ScriptMetric {
  readonly definition: MetricDefinition;
  readonly #numbers = new Map<string, number>();
  readonly #histograms = new Map<string, Histogram>();

  constructor(definition: MetricDefinition) {
    this.definition = definition;
  }

  /** @throws Error for a number that is none, and for a counter that would go back */
  add(amount: number, value: string): void {
    if (!Number.isFinite(amount)) throw new Error("a metric needs a finite number");
    if (this.definition.type === "counter" && amount < 0) throw new Error("a counter only grows");
    const series = this.#series(this.#numbers, value);
    this.#numbers.set(series, (this.#numbers.get(series) ?? 0) + amount);
  }

  set(amount: number, value: string): void {
    if (!Number.isFinite(amount)) throw new Error("a metric needs a finite number");
    this.#numbers.set(this.#series(this.#numbers, value), amount);
  }

  observe(amount: number, value: string): void {
    if (!Number.isFinite(amount)) throw new Error("a metric needs a finite number");
    const series = this.#series(this.#histograms, value);
    let histogram = this.#histograms.get(series);
    if (histogram === undefined) {
      histogram = new Histogram(this.definition.bounds);
      this.#histograms.set(series, histogram);
    }
    histogram.add(amount);
  }

  get metric(): Metric {
    const { type, name, help } = this.definition;
    const head = { name: `${PREFIX}${name}`, help };
    if (type !== "histogram") {
      const samples = [...this.#numbers].map(([value, amount]): Sample => {
        return { ...this.#labels(value), value: amount };
      });
      return { ...head, type, samples };
    }
    const distributions = [...this.#histograms].map(([value, distribution]) => {
      return { ...this.#labels(value), distribution };
    });
    return { ...head, type, distributions };
  }

  #labels(value: string): Pick<Sample, "labels"> {
    const { label } = this.definition;
    return label === "" ? {} : { labels: { [label]: value } };
  }

  /** A series that is there, or a new one while there is room. */
  #series(all: ReadonlyMap<string, unknown>, value: string): string {
    if (this.definition.label === "") return "";
    const short = value.slice(0, LONGEST);
    return all.has(short) || all.size < MAX_SERIES ? short : OTHER;
  }
}

/** Metrics that scripts made; they outlive a restart of their application. */
export class ScriptMetrics implements Metered {
  readonly #metrics = new Map<string, ScriptMetric>();

  /** The metric of that name, made when there is none. @throws Error naming what is wrong */
  define(given: MetricDefinition): ScriptMetric {
    const { name, label, help, type } = given;
    if (!NAME.test(name) || name.length > LONGEST) throw new Error(`'${name}' is no metric's name`);
    if (label !== "" && (!NAME.test(label) || label === "le" || label.startsWith("__"))) {
      throw new Error(`'${label}' is no label's name`);
    }
    if (name.endsWith("_total")) throw new Error(`${name}: _total is added to counters`);
    const known = this.#metrics.get(name);
    if (known !== undefined) {
      if (known.definition.type !== type || known.definition.label !== label) {
        throw new Error(`${name} is another metric already`);
      }
      return known;
    }
    if (this.#metrics.size >= MAX_METRICS) throw new Error(`more than ${MAX_METRICS} metrics`);
    const bounds = given.bounds.length === 0 ? BOUNDS : given.bounds;
    const isGrowing = bounds.every((bound, at) => at === 0 || bound > bounds[at - 1]!);
    if (!isGrowing || bounds.length > MAX_BOUNDS || !bounds.every(Number.isFinite)) {
      throw new Error(`${name} needs at most ${MAX_BOUNDS} bounds, each above the one before`);
    }
    const plain = help.replace(/[\\"\n\r]/g, " ").slice(0, 2 * LONGEST) || name;
    const made = new ScriptMetric({ ...given, bounds, help: plain });
    this.#metrics.set(name, made);
    return made;
  }

  *metrics(): Generator<Metric> {
    for (const { metric } of this.#metrics.values()) yield metric;
  }
}
