import type { Distribution, Metric, Sample } from "../base/mod.ts";

/** A format that scrapers read. */
export interface Exposition {
  readonly contentType: string;
  readonly isOpenMetrics: boolean;
}

/** Prometheus' text format. */
export const PROMETHEUS: Exposition = {
  contentType: "text/plain; version=0.0.4; charset=utf-8",
  isOpenMetrics: false,
};

/** https://prometheus.io/docs/specs/om/open_metrics_spec/ */
export const OPEN_METRICS: Exposition = {
  contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  isOpenMetrics: true,
};

const PREFIX = "mona_";
const UNIT = /_(bytes|seconds)$/;

/** The format that an Accept header likes best; Prometheus' where it does not ask for OpenMetrics. */
export function expositionFor(accept = ""): Exposition {
  const open = weightOf("application/openmetrics-text", accept);
  return open > 0 && open >= weightOf("text/plain", accept) ? OPEN_METRICS : PROMETHEUS;
}

/** The greatest weight that a type has by its own name (RFC 9110 §12.5.1); 0 when it is not there. */
function weightOf(type: string, accept: string): number {
  const weights = accept.toLowerCase().split(",").map((range) => {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim());
    if (name !== type) return 0;
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    return weight === undefined ? 1 : Number(weight.slice(2)) || 0;
  });
  return Math.max(...weights);
}

/** Metrics as text: each with its samples in one piece, as both formats want it. */
export function writeMetrics(metrics: Iterable<Metric>, { isOpenMetrics }: Exposition): string {
  let text = "";
  for (const metric of metrics) text += writeMetric(metric, isOpenMetrics);
  return isOpenMetrics ? `${text}# EOF\n` : text;
}

function writeMetric(metric: Metric, isOpenMetrics: boolean): string {
  const name = `${PREFIX}${metric.name}`;
  const total = metric.type === "counter" ? "_total" : "";
  // Prometheus describes the sample, OpenMetrics the family that it belongs to.
  const family = isOpenMetrics ? name : `${name}${total}`;
  const unit = UNIT.exec(metric.name)?.[1];
  let text = `# HELP ${family} ${metric.help}\n# TYPE ${family} ${metric.type}\n`;
  if (isOpenMetrics && unit !== undefined) text += `# UNIT ${family} ${unit}\n`;
  if (metric.type !== "histogram") {
    for (const sample of metric.samples) text += writeSample(`${name}${total}`, sample);
    return text;
  }
  for (const { distribution, labels } of metric.distributions) {
    text += writeDistribution(name, distribution, labels);
  }
  return text;
}

function writeDistribution(
  name: string,
  { bounds, counts, sum }: Distribution,
  labels: Sample["labels"],
): string {
  let text = "";
  let value = 0;
  for (const [at, count] of counts.entries()) {
    value += count;
    const bound = bounds[at];
    const le = bound === undefined ? "+Inf" : Number.isInteger(bound) ? `${bound}.0` : `${bound}`;
    text += writeSample(`${name}_bucket`, { labels: { ...labels, le }, value });
  }
  const given = labels === undefined ? {} : { labels };
  return text + writeSample(`${name}_sum`, { ...given, value: sum }) +
    writeSample(`${name}_count`, { ...given, value });
}

function writeSample(name: string, { labels = {}, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs}}`} ${value}\n`;
}

function escaped(text: string): string {
  return text.replace(/[\\\n"]/g, (sign) => sign === "\n" ? "\\n" : `\\${sign}`);
}
