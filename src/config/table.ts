import { levels } from "../base/mod.ts";
import {
  boolean,
  choice,
  duration,
  integer,
  type Key,
  pemFile,
  port,
  secret,
  text,
} from "./key.ts";

/** The keys above the first section. */
const top = {
  host: text(
    "",
    "The name or address that clients and other servers are told to use, host:port behind a port map.",
  ),
  publicHost: text("", "Another name for host."),
  publicAddress: text("", "Another name for host, as CumulusServer calls it."),
  bind: text("0.0.0.0", "The address to listen on. 0.0.0.0 is every IPv4 one, :: adds IPv6."),
  portFault: choice(
    "retry",
    ["retry", "exit"],
    "When a port is taken: retry opens it as soon as it is free, exit ends the server with code 1.",
  ),
  socketBufferSize: integer(
    0,
    [0, 16_777_216],
    "bytes",
    "Accepted for old files; the system sizes the buffers of sockets.",
  ),
  threads: integer(
    0,
    [0, 1024],
    "threads",
    "Accepted for old files; the runtime sizes its own pool.",
  ),
};

/**
 * Every key that the server knows, by section. To add one, add a line here, then run
 * `deno task ini`, which writes MonaServer.ini and docs/configuration.md from this table.
 */
export const table = {
  "": top,
  server: {
    native: choice(
      "auto",
      ["auto", "off"],
      "auto: datagrams and ciphers by the system's own calls, where --allow-ffi is granted; off: never.",
    ),
  },
  application: {
    dir: text("", "Folder of www, data and logs; when empty, the folder of this file."),
    www: text("www", "Folder of the applications, relative to dir."),
  },
  data: {
    directory: text("data", "Folder of what scripts keep in their table `data`, relative to dir."),
  },
  RTMFP: {
    port: port(1935, "UDP port of RTMFP; 0 for off."),
    keepAliveServer: duration(
      15,
      [5, 255],
      "seconds",
      "How often a client tells the server that it lives.",
    ),
    keepAlivePeer: duration(10, [5, 255], "seconds", "How often a client tells its peers so."),
    longestDatagram: integer(
      1392,
      [1200, 1472],
      "bytes",
      "The longest datagram that a client gets, where its path lets such through; 1200 tries none.",
    ),
  },
  RTMP: {
    port: port(1935, "TCP port of RTMP; 0 for off."),
    timeout: duration(
      60,
      [0, 86_400],
      "seconds",
      "A client silent for so long is cut; 0 for never.",
    ),
    mergeWindow: duration(
      0,
      [0, 5000],
      "milliseconds",
      "How long writes to a player may wait to be joined: more delay, less work. 0 joins those of one tick.",
    ),
    chunkSize: integer(65_536, [128, 1_048_576], "bytes", "Size of the chunks sent."),
  },
  RTMPS: {
    port: port(0, "TCP port of RTMP over TLS, 443 as a rule; 0 for off."),
    certificate: pemFile("CERTIFICATE", "File of the certificate chain, in PEM."),
    key: pemFile("PRIVATE KEY", "File of the private key, in PEM."),
  },
  HTTP: {
    port: port(80, "TCP port of HTTP and WebSocket; 0 for off."),
    timeout: duration(
      7,
      [0, 86_400],
      "seconds",
      "A connection idle for so long is closed; 0 for never.",
    ),
    index: text(
      "true",
      "What a folder shows: true its index.html, else a listing; false neither; a name that file.",
    ),
    maxHeader: integer(16_384, [1024, 1_048_576], "bytes", "The longest request header accepted."),
    maxTarget: integer(8192, [256, 1_048_576], "characters", "The longest URL accepted."),
    maxBody: integer(
      16_777_216,
      [0, 4_294_967_296],
      "bytes",
      "The longest request body accepted; media that is published has no limit.",
    ),
    maxConnections: integer(
      1000,
      [0, 1_000_000],
      "connections",
      "Connections that one address may have; 0 for any number.",
    ),
    maxRequests: integer(
      0,
      [0, 1_000_000_000],
      "requests",
      "A connection that made so many is closed; 0 for never.",
    ),
    crossOrigin: text(
      "*",
      "Origins whose pages may read answers: * for all, a list of them, empty for none.",
    ),
  },
  HTTPS: {
    port: port(0, "TCP port of HTTP and WebSocket over TLS, 443 as a rule; 0 for off."),
    certificate: pemFile("CERTIFICATE", "File of the certificate chain, in PEM."),
    key: pemFile("PRIVATE KEY", "File of the private key, in PEM."),
  },
  WebSocket: {
    timeout: duration(
      120,
      [0, 86_400],
      "seconds",
      "A socket silent for so long is closed; 0 for never.",
    ),
    maxMessage: integer(
      16_777_216,
      [1024, 1_073_741_824],
      "bytes",
      "The longest message accepted.",
    ),
  },
  live: {
    gop: boolean(
      false,
      "Keep the current group of pictures, so that a new player has a picture at once.",
    ),
    soundWait: duration(
      42,
      [0, 1000],
      "milliseconds",
      "How long sound for ten players or more may wait for a picture, to share its write; 0 for never.",
    ),
    videoLimit: integer(
      2_000_000,
      [10_000, 1_000_000_000],
      "bytes",
      "A player so far behind gets no video until the next key frame.",
    ),
    audioLimit: integer(
      4_000_000,
      [10_000, 1_000_000_000],
      "bytes",
      "A player so far behind gets no audio either.",
    ),
    cutLimit: integer(
      8_000_000,
      [10_000, 1_000_000_000],
      "bytes",
      "A player so far behind is disconnected.",
    ),
  },
  limits: {
    clientRate: integer(
      50,
      [0, 1_000_000],
      "a second",
      "Streams, players, publications and groups of one client, ten times so many at once; 0: any.",
    ),
    addressRate: integer(
      2000,
      [0, 1_000_000],
      "a second",
      "The same for all clients of one address, and their connections; 0 for any number.",
    ),
  },
  lua: {
    instructions: integer(
      10_000_000,
      [0, 1_000_000_000_000],
      "instructions",
      "One event may run so many, and use the processor 1 ms per 100,000; 0 for no limit.",
    ),
    startInstructions: integer(
      500_000_000,
      [0, 1_000_000_000_000],
      "instructions",
      "The same for an application that starts: its main.lua, onStart and onStop.",
    ),
    clientShare: integer(
      25,
      [1, 100],
      "percent",
      "Time of a second that one client's events may take before its calls wait; 100 for all.",
    ),
    maxValues: integer(
      150_000,
      [0, 1_000_000_000],
      "values",
      "Values and names that one message or conversion may bring to a script; 0 for no limit.",
    ),
    maxText: integer(
      1_048_576,
      [1024, 1_073_741_824],
      "bytes",
      "The longest JSON, XML or form that a client may send to a script.",
    ),
    memory: integer(1024, [16, 4096], "megabytes", "Memory of all the applications together."),
    earlyConnect: boolean(
      false,
      "TCPClient's connect returns true or false as early versions did, no error text.",
    ),
  },
  smtp: {
    host: text("localhost", "The mail server for mona:sendMail."),
    port: integer(25, [1, 65_535], "", "Its port."),
    timeout: duration(60, [1, 3600], "seconds", "How long it may take to answer."),
    user: text("", "Name to log in with; empty for no login."),
    password: secret("Password to log in with."),
    tls: choice(
      "auto",
      ["auto", "always", "never"],
      "Encryption: auto when the mail server offers it, always, never.",
    ),
  },
  servers: {
    port: port(0, "TCP port for other servers to connect to; 0 for off."),
    targets: text("", "Servers to connect to: host:port?name=value&name=value;host2:port2"),
    secret: secret("What servers prove to each other; without it only private addresses may."),
    tls: boolean(false, "Targets are reached by TLS."),
    certificate: pemFile(
      "CERTIFICATE",
      "File of the certificate chain, in PEM: with it the port speaks TLS.",
    ),
    key: pemFile("PRIVATE KEY", "File of its private key, in PEM."),
    authorities: pemFile(
      "CERTIFICATE",
      "File of the authorities of targets, in PEM; empty for the system's.",
    ),
  },
  cluster: {
    share: boolean(
      false,
      "Linked servers play each other's publications and find each other's peers.",
    ),
    nats: text("", "Brokers to be a member by: nats://host:4222 or tls://…, several with commas."),
    moveTime: duration(
      5,
      [0, 3600],
      "seconds",
      "At a stop, how long clients that are asked to go to other servers may take.",
    ),
    name: text("mona", "Servers at one broker with the same name are one cluster."),
    user: text("", "Name to log in to the broker with."),
    password: secret("Its password."),
    token: secret("Token to log in to the broker with."),
    authorities: pemFile(
      "CERTIFICATE",
      "File of the authorities of the brokers, in PEM; empty for the system's.",
    ),
  },
  logs: {
    directory: text("logs", "Folder of the log files, relative to dir; empty for no files."),
    name: text("log", "Name of the newest file; older ones have a number behind it."),
    rotation: integer(10, [1, 1000], "files", "How many files are kept."),
    maxSize: integer(
      1_000_000,
      [1000, 1_000_000_000],
      "bytes",
      "A file so long starts the next one.",
    ),
    level: choice("INFO", levels, "Least grave messages to write: " + levels.join(" ")),
  },
} satisfies Record<string, Record<string, Key<string> | Key<number> | Key<boolean>>>;

type Table = typeof table;
type Of<K> = K extends Key<infer T> ? T : never;
type Section<S> = { readonly [K in keyof S]: Of<S[K]> };

/** Every value, as the table types it: `values.RTMP.port` is a number. */
export type Values =
  & { readonly [S in Exclude<keyof Table, "">]: Section<Table[S]> }
  & Section<Table[""]>;

/** A key by its full name, in its own spelling. */
export interface NamedKey {
  section: string;
  name: string;
  /** "RTMP.port", or "host" above the sections. */
  path: string;
  key: Key<string | number | boolean>;
}

/** All keys in the order of the table. */
export const namedKeys: readonly NamedKey[] = Object.entries(table).flatMap(([section, keys]) =>
  Object.entries(keys).map(([name, key]) => ({
    section,
    name,
    path: section ? `${section}.${name}` : name,
    key: key as Key<string | number | boolean>,
  }))
);

/** What each key is when it is not set: the only place where defaults stand. */
export const defaults: Values = valuesOf(({ key }) => key.default);

/** Values by section, as `of` gives them for each key. */
export function valuesOf(of: (key: NamedKey) => string | number | boolean): Values {
  const result: Record<string, unknown> = {};
  for (const key of namedKeys) {
    const { section, name } = key;
    const target = section ? (result[section] ??= {}) as Record<string, unknown> : result;
    target[name] = of(key);
  }
  return result as unknown as Values;
}
