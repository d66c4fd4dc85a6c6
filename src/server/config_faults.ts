import type { Config } from "../config/mod.ts";
import { Movies } from "../protocols/rtmp/mod.ts";
import { relayFaults } from "./relays.ts";

/** What is wrong with values of the ini whose form only a protocol knows. */
export function configFaults(config: Config): string[] {
  return [...relayFaults(config), ...movieFaults(config)];
}

/** What is wrong with the movies of `[RTMP]`: no client matches such an entry. */
export function movieFaults(config: Config): string[] {
  return new Movies(config.RTMP.movies).faults.map((entry) =>
    `RTMP.movies: "${entry}" is no HASH:SIZE: 64 hexadecimal digits, and bytes of the inflated file`
  );
}
