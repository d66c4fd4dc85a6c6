import type { DataReader } from "../../codecs/mod.ts";
import type { Client } from "../../hub/mod.ts";
import type { Host } from "../host.ts";
import type { Arguments } from "../lua/arguments.ts";
import { type Answer, Results } from "../lua/definition.ts";
import type { LuaVM } from "../lua/vm.ts";
import { LuaWriter } from "../lua/writer.ts";

/**
 * `client:call(name, …)`: calls a function of the client and waits for what it returns; nil and the
 * reason when it fails, or the client has no such thing.
 */
export function callClient(host: Host, client: Client, args: Arguments): Answer {
  const name = args.text(1);
  if (client.call === undefined) return new Results(null, `${client.protocol} has no such calls`);
  if (!client.isConnected) return new Results(null, "the client is not connected");
  const send = client.call(name, args.reader(2));
  return host.suspend((goOn) =>
    send({
      result: (values) => goOn((vm) => push(host, vm, values)),
      failed: (reason) =>
        goOn((vm) => {
          vm.pushNil();
          vm.pushText(reason);
          return 2;
        }),
    })
  );
}

function push({ objects }: Host, vm: LuaVM, values: DataReader): number {
  const writer = new LuaWriter(vm, objects.typed, values.isTree);
  values.read(writer);
  return writer.finish();
}
