import { deepEqual } from "node:assert/strict";
import type { ObjectPlayer } from "./object_players.ts";

/** Numbers that look random, the same for a seed. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const SLOTS = 30;

/** One of them does something. */
export function act(players: readonly ObjectPlayer[], random: () => number, n: number): void {
  const player = players[Math.floor(random() * players.length)]!;
  const name = `s${Math.floor(random() * SLOTS)}`;
  const kind = random();
  if (kind < 0.75) player.set(name, valueOf(random, n));
  else if (kind < 0.95) player.remove(name);
  else if (kind < 0.998) player.send(`message ${n}`);
  else player.clear();
}

function valueOf(random: () => number, n: number): unknown {
  const kind = random();
  if (kind < 0.4) return n;
  if (kind < 0.6) return `text ${n} ü`;
  if (kind < 0.8) return { n, deep: [true, null, { list: [n] }] };
  return [n, "two", false];
}

/** Everybody has the same, and it is not nothing. */
export function checkEqual(players: readonly ObjectPlayer[], slots: [string, unknown][]): void {
  for (const [index, player] of players.entries()) {
    deepEqual(player.slots, slots, `player ${index}, ${player.constructor.name}`);
  }
}
