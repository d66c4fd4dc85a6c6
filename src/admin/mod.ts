/** What operators and their programs ask a running server: health and metrics. */
export { Access, type AccessOptions } from "./access.ts";
export { AdminPages, type AdminPagesOptions } from "./admin_pages.ts";
export { type Check, Health, type Readiness } from "./health.ts";
export { LoopDelay } from "./loop_delay.ts";
export { MediaCounts } from "./media_counts.ts";
export { by, counter, gauge, type Metric, type MetricSource } from "./metric.ts";
