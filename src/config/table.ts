import { levels } from "../base/mod.ts";
import { access } from "./access_keys.ts";
import { live } from "./live_keys.ts";
import {
  addresses,
  boolean,
  changeable,
  choice,
  duration,
  integer,
  type Key,
  pemFile,
  port,
  secret,
  text,
} from "./key.ts";
import { hls, record } from "./stream_keys.ts";
import { limits, sharedObjects } from "./limit_keys.ts";
import { luaKeys } from "./lua_keys.ts";

/** The keys above the first section. */
const top = {
  host: text(
    "",
    "Public name or address of this server, announced to clients; host:port behind a port mapping.",
  ),
  publicHost: text("", "Another name for host."),
  publicAddress: text("", "Another name for host, as CumulusServer calls it."),
  bind: text(
    "0.0.0.0",
    "Address to listen on: 0.0.0.0 for all IPv4 addresses, :: for IPv6 as well.",
  ),
  portFault: choice(
    "retry",
    ["retry", "exit"],
    "When a port is in use: retry opens it once it is free, exit stops the server with exit code 1.",
  ),
  socketBufferSize: integer(
    0,
    [0, 16_777_216],
    "bytes",
    "Ignored, accepted for old files; the operating system sizes socket buffers.",
  ),
  threads: integer(
    0,
    [0, 1024],
    "threads",
    "Ignored, accepted for old files; the runtime sizes its thread pool.",
  ),
};

/**
 * Every key that the server knows, by section. To add one, add a line here, then run
 * `deno task ini`, which writes MonaServer.ini and docs/configuration.md from this table. A change
 * of those that are `changeable` takes effect while the server runs: `server/live_settings.ts`.
 */
export const table = {
  "": top,
  server: {
    native: choice(
      "auto",
      ["auto", "off"],
      "auto: native system calls for datagrams, ciphers and TLS, if --allow-ffi is granted; off: never.",
    ),
  },
  application: {
    dir: text("", "Folder that holds www, data and logs; empty for the folder of this file."),
    www: text("www", "Folder of the applications, relative to dir."),
  },
  data: {
    directory: text("data", "Folder where the scripts' table `data` is stored, relative to dir."),
  },
  RTMFP: {
    port: port(1935, "UDP port of RTMFP; 0 disables it."),
    groupPort: port(
      0,
      "UDP port of this server as a member of NetGroups, opened by toGroup; 0 for any that is free.",
    ),
    keepAliveServer: duration(
      15,
      [5, 255],
      "seconds",
      "Interval of keep-alives between client and server.",
    ),
    keepAlivePeer: duration(
      10,
      [5, 255],
      "seconds",
      "Interval of keep-alives between clients that are peers.",
    ),
    longestDatagram: integer(
      1392,
      [1200, 1472],
      "bytes",
      "Maximum size of datagrams sent, if the path carries it; 1200 disables path MTU discovery.",
    ),
  },
  RTMP: {
    port: port(1935, "TCP port of RTMP; 0 disables it."),
    timeout: changeable(duration(
      60,
      [0, 86_400],
      "seconds",
      "Idle timeout: a client that sends nothing for this long is disconnected; 0 for none.",
    )),
    mergeWindow: duration(
      0,
      [0, 5000],
      "milliseconds",
      "Maximum delay of writes to a player of RTMP, HTTP or WebSocket: saves CPU; 0: one tick.",
    ),
    movies: text(
      "",
      "Flash movies whose clients may connect by RTMP, as HASH:SIZE, ...; empty for all clients.",
    ),
    encryption: boolean(true, "Accept RTMPE, the weak encryption of Flash's time; RTMPS is safe."),
    chunkSize: changeable(integer(65_536, [128, 1_048_576], "bytes", "Size of chunks sent.")),
  },
  RTMPS: {
    port: port(0, "TCP port of RTMP over TLS, usually 443; 0 disables it."),
    certificate: pemFile("CERTIFICATE", "File of the certificate chain, in PEM."),
    key: pemFile("PRIVATE KEY", "File of the private key, in PEM."),
  },
  HTTP: {
    port: port(80, "TCP port of HTTP and WebSocket; 0 disables it."),
    timeout: changeable(duration(
      7,
      [0, 86_400],
      "seconds",
      "Idle timeout: a connection without a request for this long is closed; 0 for none.",
    )),
    index: changeable(text(
      "true",
      "Response for a folder. true: index.html or else a listing; false: 404; a name: that file.",
    )),
    maxHeader: changeable(
      integer(16_384, [1024, 1_048_576], "bytes", "Maximum size of a request header."),
    ),
    maxTarget: changeable(
      integer(8192, [256, 1_048_576], "characters", "Maximum length of a URL."),
    ),
    maxBody: changeable(integer(
      16_777_216,
      [0, 4_294_967_296],
      "bytes",
      "Maximum size of a request body; published media is not limited.",
    )),
    maxConnections: integer(
      1000,
      [0, 1_000_000],
      "connections",
      "Maximum number of connections from one address; 0 for no limit.",
    ),
    maxRequests: changeable(integer(
      0,
      [0, 1_000_000_000],
      "requests",
      "A connection is closed after this many requests; 0 for no limit.",
    )),
    proxies: addresses(
      "Proxies that say for whom they connect: by the PROXY protocol (RTMP too), or by a header.",
    ),
    proxyHeader: choice(
      "X-Forwarded-For",
      ["X-Forwarded-For", "Forwarded"],
      "The header by which proxies of HTTP say so.",
    ),
    crossOrigin: text(
      "*",
      "Origins whose pages may read responses (CORS): * for all, a list, or empty for none.",
    ),
  },
  HTTPS: {
    port: port(0, "TCP port of HTTP and WebSocket over TLS, usually 443; 0 disables it."),
    certificate: pemFile("CERTIFICATE", "File of the certificate chain, in PEM."),
    key: pemFile("PRIVATE KEY", "File of the private key, in PEM."),
  },
  WebSocket: {
    timeout: changeable(duration(
      120,
      [0, 86_400],
      "seconds",
      "Idle timeout: a WebSocket that sends nothing for this long is closed; 0 for none.",
    )),
    maxMessage: changeable(integer(
      16_777_216,
      [1024, 1_073_741_824],
      "bytes",
      "Maximum size of a message.",
    )),
  },
  live,
  hls,
  access,
  record,
  limits,
  flashPolicy: {
    file: text(
      "",
      "Policy file for the sockets of Flash Player, relative to dir; empty to send none.",
    ),
    port: port(
      0,
      "TCP port that sends it, beside that of RTMP; Flash Player asks 843 first; 0 for off.",
    ),
  },
  sharedObjects,
  lua: luaKeys,
  smtp: {
    host: changeable(text("localhost", "Mail server for mona:sendMail.")),
    port: changeable(integer(25, [1, 65_535], "", "Port of the mail server.")),
    timeout: changeable(
      duration(60, [1, 3600], "seconds", "Timeout for an answer of the mail server."),
    ),
    user: changeable(text("", "User name to log in with; empty for no login.")),
    password: changeable(secret("Password to log in with.")),
    tls: changeable(choice(
      "auto",
      ["auto", "always", "never"],
      "Encryption: auto (if the mail server offers it), always or never.",
    )),
  },
  servers: {
    port: port(0, "TCP port for links from other servers; 0 disables it."),
    targets: text("", "Servers to connect to: host:port?name=value&name=value;host2:port2"),
    secret: secret(
      "Shared secret of linked servers; without it only private addresses may connect.",
    ),
    tls: boolean(false, "Connect to targets over TLS."),
    certificate: pemFile(
      "CERTIFICATE",
      "File of the certificate chain, in PEM; if set, the port uses TLS.",
    ),
    key: pemFile("PRIVATE KEY", "File of the private key, in PEM."),
    authorities: pemFile(
      "CERTIFICATE",
      "File of the CA certificates that targets are checked against, in PEM; empty for the system's.",
    ),
  },
  cluster: {
    share: boolean(
      false,
      "Linked servers share publications, RTMFP peers and groups.",
    ),
    nats: text("", "NATS brokers of the cluster, separated by commas: nats://host:4222 or tls://…"),
    moveTime: changeable(duration(
      5,
      [0, 3600],
      "seconds",
      "At shutdown, how long clients may take to move to other servers.",
    )),
    name: text(
      "mona",
      "Name of the cluster; servers with the same name at one broker form a cluster.",
    ),
    user: text("", "User name for the broker."),
    password: secret("Password for the broker."),
    token: secret("Token for the broker."),
    authorities: pemFile(
      "CERTIFICATE",
      "File of the CA certificates that brokers are checked against, in PEM; empty for the system's.",
    ),
  },
  admin: {
    port: port(0, "TCP port for health checks, metrics and control; 0 for off."),
    bind: text("127.0.0.1", "The address to listen on; by default no other machine reaches it."),
    token: secret(
      "What has to be known to ask more than health; when empty, one is made in the data folder.",
    ),
    console: changeable(boolean(
      true,
      "Operators may evaluate Lua in applications and call functions of theirs.",
    )),
  },
  logs: {
    directory: text("logs", "Folder of the log files, relative to dir; empty to write none."),
    name: text("log", "Name of the current log file; older ones get a number as suffix."),
    rotation: integer(10, [1, 1000], "files", "Number of log files kept."),
    maxSize: integer(
      1_000_000,
      [1000, 1_000_000_000],
      "bytes",
      "A log file that exceeds this size is rotated.",
    ),
    level: changeable(choice("INFO", levels, "Lowest level to log: " + levels.join(" "))),
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
