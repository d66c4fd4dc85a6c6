import type { DataReader } from "../codecs/mod.ts";
import type { Server } from "./server.ts";

/** What applications do with the events of other servers. */
export interface ServerHandler {
  /**
   * A server is connected, and among the servers already. An error thrown here rejects it, with
   * the error's text; its disconnection is then no event on this side.
   */
  onServerConnection(server: Server): void;
  onServerDisconnection(server: Server): void;
  /**
   * The server calls a method of its object here. What it calls may not exist; errors of scripts
   * stay inside.
   * @throws ProtocolError when the arguments are malformed
   */
  onServerCall(server: Server, name: string, args: DataReader): void;
  /** An application runs on another server: it is started here too, where it exists. */
  startApplication(path: string): void;
  /** Paths of the applications that run here: "" is the root. */
  applications(): Iterable<string>;
}

/** A server without applications. */
export const openServerHandler: ServerHandler = {
  onServerConnection: () => {},
  onServerDisconnection: () => {},
  onServerCall: () => {},
  startApplication: () => {},
  applications: () => [],
};
