import type { Host } from "../host.ts";
import type { Arguments } from "../lua/arguments.ts";
import { define, type Definition, type Member, method, readonly } from "../lua/definition.ts";
import { Type } from "../lua/stack.ts";
import { type MetricDefinition, ScriptMetric } from "../metrics/registry.ts";
import type { Mona } from "./mona_type.ts";

/** Instructions that a new metric costs, and a count. */
const DEFINED = 1_000;
const COUNTED = 50;

/** Functions of `mona` that make metrics. */
export function metricFunctions({ metrics }: Host): Readonly<Record<string, Member<Mona>>> {
  const make = (type: MetricDefinition["type"]) =>
    method<Mona>((_mona, args) => {
      args.vm.spend(DEFINED);
      const bounds = type === "histogram" ? boundsOf(args, 3) : [];
      return metrics.define({
        type,
        name: args.text(1),
        help: args.text(2, ""),
        label: args.text(type === "histogram" ? 4 : 3, ""),
        bounds,
      });
    });
  return { counter: make("counter"), gauge: make("gauge"), histogram: make("histogram") };
}

/** What a script counts by: `add`, `set` or `observe`, by its type. */
export function metric(): Definition<ScriptMetric> {
  const counts = (
    types: readonly MetricDefinition["type"][],
    name: string,
    run: (metric: ScriptMetric, amount: number, value: string) => void,
    otherwise?: number,
  ) =>
    method<ScriptMetric>((metric, args) => {
      const { type } = metric.definition;
      if (!types.includes(type)) throw new Error(`a ${type} has no ${name}`);
      args.vm.spend(COUNTED);
      const amount = otherwise === undefined ? args.number(1) : args.number(1, otherwise);
      run(metric, amount, args.text(2, ""));
    });
  return define<ScriptMetric>({
    name: "metric",
    type: ScriptMetric,
    isAlive: () => true,
    members: {
      name: readonly(({ definition }) => definition.name),
      add: counts(["counter", "gauge"], "add", (metric, n, value) => metric.add(n, value), 1),
      set: counts(["gauge"], "set", (metric, n, value) => metric.set(n, value)),
      observe: counts(["histogram"], "observe", (metric, n, value) => metric.observe(n, value)),
    },
  });
}

/** A list of numbers; none when it is left out. */
function boundsOf(args: Arguments, index: number): number[] {
  const { vm } = args;
  const at = args.at(index);
  if (args.count < index || vm.isNil(at)) return [];
  if (vm.type(at) !== Type.table) throw new Error("bounds are a list of numbers");
  const bounds: number[] = [];
  const length = Math.min(vm.rawLength(at), 100);
  for (let item = 1; item <= length; item++) {
    vm.rawGetAt(at, item);
    bounds.push(vm.type(-1) === Type.number ? vm.toNumber(-1) : NaN);
    vm.pop();
  }
  return bounds;
}
