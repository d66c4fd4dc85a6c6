import { type ByteReader, type ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import {
  Amf3Reader,
  Amf3Writer,
  isValueObject,
  readValues,
  type Value,
  writeValues,
} from "../../codecs/mod.ts";
import { MAX_INTRODUCED } from "../params.ts";

/** What a server tells another one of itself. */
export interface Introduction {
  /** Name or address that clients are told to use; empty when it is not set. */
  readonly host: string;
  /** Ports by protocol, such as RTMFP: 1935. */
  readonly ports: ReadonlyMap<string, number>;
  /** Query of the target, from the side that has it: members of the server object on both. */
  readonly properties: ReadonlyMap<string, string>;
  /** Paths of the applications that run. */
  readonly applications: readonly string[];
  /** Publication to pull, on a stream link. */
  readonly stream: string;
}

/** Appends an introduction as one AMF3 array. */
export function writeIntroduction(out: ByteWriter, introduction: Introduction): void {
  const { host, ports, properties, applications, stream } = introduction;
  writeValues(new Amf3Writer(out), [
    host,
    Object.fromEntries(ports),
    Object.fromEntries(properties),
    applications,
    stream,
  ]);
}

/** @throws ProtocolError when it is none */
export function readIntroduction(body: ByteReader): Introduction {
  const [values] = readValues(new Amf3Reader(body), 1);
  if (!Array.isArray(values)) throw new ProtocolError("an introduction is an array");
  const [host, ports, properties, applications, stream] = values;
  return {
    host: text(host, "host"),
    ports: new Map(named(ports, "ports").map(([name, value]) => [name, port(value)])),
    properties: new Map(
      named(properties, "properties").map(([name, value]) => [name, text(value, name)]),
    ),
    applications: list(applications).map((path) => text(path, "application")),
    stream: text(stream, "stream"),
  };
}

function text(value: Value, what: string): string {
  if (typeof value !== "string") throw new ProtocolError(`${what} of an introduction is no text`);
  return value;
}

function port(value: Value): number {
  if (typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65_536) {
    return value;
  }
  throw new ProtocolError(`${JSON.stringify(String(value))} is no port`);
}

function list(value: Value): Value[] {
  if (Array.isArray(value) && value.length <= MAX_INTRODUCED) return value;
  throw new ProtocolError(`applications of an introduction are no list of ${MAX_INTRODUCED}`);
}

function named(value: Value, what: string): [string, Value][] {
  if (isValueObject(value)) {
    const pairs = Object.entries(value);
    if (pairs.length <= MAX_INTRODUCED) return pairs;
  }
  throw new ProtocolError(`${what} of an introduction are no names`);
}
