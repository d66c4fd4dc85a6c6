import { errorText } from "../../base/mod.ts";
import { type Value, ValueReader } from "../../codecs/mod.ts";
import { verifyToken } from "../../services/mod.ts";
import type { Host } from "../host.ts";
import { type Member, method } from "../lua/definition.ts";
import { LuaWriter } from "../lua/writer.ts";
import type { Mona } from "./mona_type.ts";

/** Instructions that one check costs: a signature takes a fraction of a millisecond. */
const CHECK = 20_000;

/** `mona:verifyJWT(token, key)`: the claims as a table; nil and the reason when the token is wrong. */
export function verifyMember(host: Host): Member<Mona> {
  const { vm, objects, options } = host;
  return method((_mona, args) => {
    const [token, key] = [args.text(1), args.text(2)];
    vm.spend(CHECK);
    return host.suspend((goOn) => {
      verifyToken(token, key, options.clock.epoch()).then(
        (claims) =>
          goOn(() => {
            const writer = new LuaWriter(vm, objects.typed, true);
            new ValueReader([claims as Value]).read(writer);
            return writer.finish();
          }),
        (error) =>
          goOn(() => {
            vm.pushNil();
            vm.pushText(errorText(error));
            return 2;
          }),
      );
      return () => {};
    });
  });
}
