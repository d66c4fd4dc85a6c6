import { ProtocolError } from "../../bytes/mod.ts";
import {
  Amf0Reader,
  Amf0Writer,
  type DataReader,
  type DataWriter,
  JsonReader,
  JsonWriter,
  QueryReader,
  QueryWriter,
  XmlReader,
  XmlRpcReader,
  XmlRpcWriter,
  XmlWriter,
} from "../../codecs/mod.ts";
import type { Host } from "../host.ts";
import type { Arguments } from "../lua/arguments.ts";
import type { Log } from "../../logs/mod.ts";
import { type Member, method, Pushed } from "../lua/definition.ts";
import { Type } from "../lua/stack.ts";
import type { Mona } from "./mona_type.ts";

interface Encoder extends DataWriter {
  take(): Uint8Array;
}

/** `mona:toX(...)` and `mona:fromX(data)`, one pair per format. */
export function conversions(host: Host): Record<string, Member<Mona>> {
  const { log } = host;
  return {
    toAMF: to(() => new Amf0Writer(undefined, "always")),
    toAMF0: to(() => new Amf0Writer(undefined, "needed")),
    fromAMF: from(log, (data) => new Amf0Reader(data)),
    toJSON: to(() => new JsonWriter()),
    fromJSON: from(log, (data) => new JsonReader(data)),
    toQuery: to(() => new QueryWriter()),
    fromQuery: from(log, (data) => new QueryReader(data)),
    toXMLRPC: to(() => new XmlRpcWriter()),
    fromXMLRPC: from(log, (data) => new XmlRpcReader(data), ({ method }) => method),
    toXML: to(() => new XmlWriter(), host.prelude.xmlOrders),
    fromXML: method((_mona, args) => fromXml(host, args)),
  };
}

function to(open: () => Encoder, orders?: number): Member<Mona> {
  return method((_mona, args) => {
    const writer = open();
    args.reader(1, orders).read(writer);
    return writer.take();
  });
}

/**
 * Data that is not of its format is no error of the script: it gives nothing, and a line in the log.
 * What `head` knows of it comes before its values.
 */
function from<R extends DataReader>(
  log: Log,
  open: (data: Uint8Array) => R,
  head: (reader: R) => string | undefined = () => undefined,
): Member<Mona> {
  return method((_mona, args) => {
    const { vm } = args;
    const data = args.bytes(1);
    vm.spend(data.length);
    try {
      return vm.unwound(() => {
        const reader = open(data);
        const first = head(reader);
        if (first === undefined) return args.answer(reader);
        vm.pushText(first);
        return new Pushed(1 + args.answer(reader).count);
      });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      log.warn(`${vm.where(1)}${error.message}`);
      return undefined;
    }
  });
}

/**
 * `fromXML([error,] text[, options])`: a document of named nodes, or `error(message)` and nothing.
 * With `{exact = true}` white space, comments and CDATA are nodes and texts of it.
 */
function fromXml(host: Host, args: Arguments): Pushed | undefined {
  const { vm } = args;
  const isHandled = args.type(1) === Type.function;
  const first = isHandled ? 2 : 1;
  const data = args.bytes(first);
  const exact = isExact(args, first + 1);
  try {
    return vm.unwound(() => {
      vm.spend(data.length);
      vm.pushRef(host.prelude.xmlTree);
      args.answer(new XmlReader(data, exact), host.prelude.xmlOrders);
      vm.call(1, 1);
      return new Pushed(1);
    });
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if (isHandled) {
      vm.pushCopy(args.at(1));
      vm.pushText(error.message);
      vm.call(1, 0);
    } else {
      host.log.warn(`${vm.where(1)}${error.message}`);
    }
    return undefined;
  }
}

function isExact(args: Arguments, index: number): boolean {
  if (args.type(index) !== Type.table) return false;
  args.vm.getField(args.at(index), "exact");
  const exact = args.vm.toBoolean(-1);
  args.vm.pop();
  return exact;
}
