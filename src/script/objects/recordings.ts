import type { Publication, RecordedFile } from "../../hub/mod.ts";
import { FORMATS, type Recorder, type RecordRequest } from "../../recordings/mod.ts";
import type { Host } from "../host.ts";
import type { Arguments } from "../lua/arguments.ts";
import { define, type Member, method, readonly } from "../lua/definition.ts";
import { Type } from "../lua/stack.ts";
import type { LuaVM } from "../lua/vm.ts";

/** A file that a publication was recorded to, as scripts see it. */
export class ScriptRecording {
  readonly file: RecordedFile;

  constructor(file: RecordedFile) {
    this.file = file;
  }
}

/** Elements of `mona:recordings(pattern)`, and the second argument of `onRecorded`. */
export const recording = define<ScriptRecording>({
  name: "Recording",
  type: ScriptRecording,
  members: {
    application: readonly(({ file }) => file.application),
    stream: readonly(({ file }) => file.stream),
    name: readonly(({ file }) => file.name),
    path: readonly(({ file }) => file.path),
    format: readonly(({ file }) => file.format),
    /** Milliseconds since the Unix epoch, as `mona.epochTime`. */
    start: readonly(({ file }) => file.start),
    duration: readonly(({ file }) => file.duration),
    size: readonly(({ file }) => file.size),
    gaps: readonly(({ file }) => file.gaps.length),
  },
  text: ({ file }) => file.path,
});

/** What a publication has for recordings. */
export function recordingMembers(host: Host): Record<string, Member<Publication>> {
  return {
    mode: readonly((publication) => publication.mode),
    recording: readonly((publication) => host.options.recorder?.isRecorded(publication) ?? false),
    record: method((publication, args) => {
      recorderOf(host).start(publication, requestOf(host, args));
    }),
    stopRecording: method((publication) => host.options.recorder?.stop(publication) ?? 0),
  };
}

/** Instructions that a recording costs which is found, and each that is looked at. */
const FOUND = 200;
const LOOKED_AT = 2;

/** `recordings([pattern])`: those of the application's streams of that name, the oldest first. */
export function recordings(host: Host, args: Arguments): (vm: LuaVM) => void {
  const recorder = recorderOf(host);
  args.vm.spend(LOOKED_AT * recorder.catalog.size);
  const { path } = host.applications.current;
  const found = recorder.list({ application: path, stream: args.text(1, "*") });
  args.vm.spend(FOUND * found.length);
  return (vm) => {
    vm.pushTable(found.length);
    found.forEach((file, index) => {
      args.objects.pushObject(new ScriptRecording(file));
      vm.rawSetAt(-2, index + 1);
    });
  };
}

/** Tells applications of their recordings. */
export function tellRecorded(host: Host): void {
  host.hub.observers.add({
    onRecorded(publication, file) {
      const { applications, objects } = host;
      const application = applications.find(file.application) ?? applications.root;
      if (!application.has("onRecorded") || !applications.begin(application, "onRecorded")) return;
      objects.pushObject(publication);
      objects.pushObject(new ScriptRecording(file));
      applications.attempt(2);
    },
  });
}

function recorderOf({ options }: Host): Recorder {
  if (options.recorder === undefined) throw new Error("nothing is recorded here");
  return options.recorder;
}

/** `record([path,] [{append =, replace =, format =, maxTime =, maxSize =}])` */
function requestOf(host: Host, args: Arguments): RecordRequest {
  const isNamed = args.has(1) && args.type(1) !== Type.table;
  const options = optionsOf(args, isNamed ? 2 : 1);
  const format = options.get("format");
  const known = FORMATS.find((each) => each === format);
  if (format !== undefined && known === undefined) {
    throw new Error(`record writes ${FORMATS.join(" and ")}, not ${String(format)}`);
  }
  const maxTime = amountOf(options, "maxTime");
  const maxSize = amountOf(options, "maxSize");
  return {
    application: host.applications.current.path,
    path: isNamed ? args.text(1) : undefined,
    format: known,
    append: options.get("append") === true,
    replace: options.get("replace") === true,
    maxTime: maxTime === undefined ? undefined : maxTime * 1000,
    maxSize: maxSize === undefined ? undefined : maxSize * 1_000_000,
  };
}

function amountOf(options: ReadonlyMap<string, unknown>, name: string): number | undefined {
  const value = options.get(name);
  if (value === undefined) return undefined;
  if (typeof value === "number" && value >= 0) return value;
  throw new Error(`${name} of record is a number from 0 on`);
}

const OPTIONS = new Set(["append", "replace", "format", "maxTime", "maxSize"]);

function optionsOf(args: Arguments, index: number): Map<string, boolean | number | string> {
  const options = new Map<string, boolean | number | string>();
  if (!args.has(index)) return options;
  if (args.type(index) !== Type.table) args.fail(index, "table expected");
  const { vm } = args;
  vm.reserve(4);
  vm.pushNil();
  while (vm.next(args.at(index))) {
    const name = vm.type(-2) === Type.string ? vm.toText(-2) ?? "" : "";
    if (!OPTIONS.has(name)) throw new Error(`record has no option '${name}'`);
    const type = vm.type(-1);
    const value = type === Type.boolean
      ? vm.toBoolean(-1)
      : type === Type.number
      ? vm.toNumber(-1)
      : vm.toText(-1);
    if (value !== undefined) options.set(name, value);
    vm.pop();
  }
  return options;
}
