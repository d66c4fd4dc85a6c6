import type { Server, ServerHandler } from "../cluster/mod.ts";
import type { DataReader } from "../codecs/mod.ts";
import type { Host } from "./host.ts";
import { LuaError } from "./lua/error.ts";
import { LuaWriter } from "./lua/writer.ts";

/** Events of other servers as scripts see them: globals of the root, members of server objects. */
export class ServerEvents implements ServerHandler {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  onServerConnection(server: Server): void {
    const { applications, objects } = this.#host;
    const { root } = applications;
    if (!root.has("onServerConnection")) return;
    if (!applications.begin(root, "onServerConnection")) return;
    objects.pushObject(server);
    try {
      applications.finish(1, 0);
    } catch (error) {
      applications.report(error);
      objects.release(server);
      throw error instanceof LuaError ? new Error(error.reason) : error;
    }
  }

  onServerDisconnection(server: Server): void {
    const { applications, objects } = this.#host;
    const { root } = applications;
    if (root.has("onServerDisconnection") && applications.begin(root, "onServerDisconnection")) {
      objects.pushObject(server);
      applications.attempt(1);
    }
    objects.release(server);
  }

  onServerCall(server: Server, name: string, args: DataReader): void {
    const { vm, objects, applications, log } = this.#host;
    vm.scoped(() => {
      if (!objects.beginOwn(server, name)) {
        log.warn(`server ${server.address} calls '${name}', which its object does not have`);
        return;
      }
      try {
        const writer = new LuaWriter(vm, objects.typed, args.isTree);
        args.read(writer);
        const { root: application, tasks } = applications;
        const suspended = applications.launch(application, 1 + writer.finish(), 0);
        if (suspended !== undefined) tasks.add(suspended, { application });
      } catch (error) {
        if (!(error instanceof LuaError)) throw error;
        applications.report(error);
      }
    });
  }

  startApplication(path: string): void {
    this.#host.applications.find(path);
  }

  *applications(): Generator<string> {
    for (const application of this.#host.applications.all()) {
      if (application.isRunning) yield application.path;
    }
  }
}
