import {
  type DataStore,
  type Fetcher,
  type Mailer,
  NameTable,
  type SocketOptions,
} from "../../services/mod.ts";
import type { OwnGlobal } from "../applications/environments.ts";
import type { Host } from "../host.ts";
import { method } from "../lua/definition.ts";
import { addresses } from "./addresses.ts";
import type { Extension } from "./all.ts";
import { data } from "./data.ts";
import { fetchMember } from "./fetch.ts";
import { mail, sendMail } from "./mail.ts";
import { createTcpClient, tcpClient } from "./tcp_client.ts";
import { createTcpServer, tcpServer } from "./tcp_server.ts";
import { createUdpSocket, udpSocket } from "./udp_socket.ts";

/** What scripts reach beyond the server's clients. */
export interface ScriptServices {
  readonly sockets: SocketOptions;
  readonly mailer: Mailer;
  readonly fetcher: Fetcher;
  readonly data: DataStore;
  /** Host names; the system's without. */
  readonly names?: NameTable;
  /** TCPClient's `connect` returns true or false, as in early versions. */
  readonly earlyConnect?: boolean;
}

/** The objects of sockets, mail and `data`: `extensions` of {@link ScriptsOptions}. */
export function serviceObjects(
  { sockets, mailer, fetcher, names = new NameTable(sockets.clock), earlyConnect = false }: Omit<
    ScriptServices,
    "data"
  >,
): (host: Host) => readonly Extension[] {
  return (host) => [{
    objects: [tcpClient(host, earlyConnect), tcpServer(host), udpSocket, mail, data(host)],
    mona: {
      createTCPClient: method(() => createTcpClient(host, sockets)),
      createTCPServer: method(() => createTcpServer(host, sockets)),
      createUDPSocket: method((_mona, args) => createUdpSocket(host, sockets, args.boolean(1))),
      ...addresses(names),
      fetch: fetchMember(host, fetcher),
      sendMail: method((_mona, args) => sendMail(host, mailer, args)),
    },
  }];
}

/** The global `data` of each application: `globals` of {@link ScriptsOptions}. */
export function serviceGlobals(
  { data }: ScriptServices,
): (host: Host) => ReadonlyMap<string, OwnGlobal> {
  return ({ objects }) =>
    new Map([["data", ({ path }) => objects.pushObject(data.application(path))]]);
}
