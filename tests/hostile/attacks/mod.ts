import type { Attacks } from "../attack.ts";
import { accessAttacks } from "./access.ts";
import { adminAttacks } from "./admin.ts";
import { httpAttacks } from "./http.ts";
import { linkAttacks } from "./links.ts";
import { rtmfpAttacks } from "./rtmfp.ts";
import { objectAttacks } from "./objects.ts";
import { rtmpAttacks } from "./rtmp.ts";
import { rtmpeAttacks } from "./rtmpe.ts";
import { webSocketAttacks } from "./websocket.ts";

/** What one peer may try, by what it sends. */
export const attacks: Attacks = {
  ...rtmpAttacks,
  ...rtmpeAttacks,
  ...objectAttacks,
  ...httpAttacks,
  ...webSocketAttacks,
  ...rtmfpAttacks,
  ...linkAttacks,
  ...adminAttacks,
  ...accessAttacks,
};
