import { lookup } from "node:dns/promises";
import { BoundedMap, type Clock } from "../../base/mod.ts";

/** What is known of a host name: its addresses, or why there are none. */
export type NameAnswer =
  | { readonly addresses: readonly string[] }
  | { readonly error: string };

interface Entry {
  answer: NameAnswer | undefined;
  /** When it is to be asked for again. */
  expires: number;
  isAsked: boolean;
}

/** How long an answer is good, in milliseconds. */
const GOOD = 60_000;
const BAD = 5_000;
/** Names that are remembered, and questions under way at a time. */
const MAX_NAMES = 1000;
const MAX_QUESTIONS = 32;

/** The machine's own list of names. */
const HOSTS = "/etc/hosts";

/**
 * Host names for scripts, which cannot wait: the machine's own list answers at once, other names
 * are asked for in the background, and the answer is there for a later call.
 */
export class NameTable {
  readonly #clock: Clock;
  readonly #resolve: (name: string) => Promise<readonly string[]>;
  readonly #hosts: () => string;
  readonly #names = new BoundedMap<string, Entry>(MAX_NAMES);
  #questions = 0;

  /** `resolve` and `hosts` are the system's, unless a test gives its own. */
  constructor(clock: Clock, resolve = systemAddresses, hosts = systemHosts) {
    this.#clock = clock;
    this.#resolve = resolve;
    this.#hosts = hosts;
  }

  /** Undefined while it is being asked for. An old answer serves until there is a new one. */
  find(name: string): NameAnswer | undefined {
    const key = name.toLowerCase().replace(/\.$/, "");
    if (!/^(?=.{1,253}$)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(key)) {
      return { error: `'${name}' is no host name` };
    }
    let entry = this.#names.get(key);
    if (entry === undefined) {
      const addresses = ownAddresses(this.#hosts(), key);
      if (addresses.length > 0) return { addresses };
      entry = { answer: undefined, expires: 0, isAsked: false };
      this.#names.set(key, entry);
    }
    if (!entry.isAsked && this.#clock.now() >= entry.expires) this.#ask(key, entry);
    return entry.answer;
  }

  #ask(key: string, entry: Entry): void {
    if (this.#questions >= MAX_QUESTIONS) return;
    this.#questions++;
    entry.isAsked = true;
    const answered = (answer: NameAnswer, time: number) => {
      this.#questions--;
      entry.isAsked = false;
      entry.answer = answer;
      entry.expires = this.#clock.now() + time;
    };
    this.#resolve(key).then(
      (addresses) => answered({ addresses }, GOOD),
      () => answered({ error: `no address of '${key}' was found` }, BAD),
    );
  }
}

async function systemAddresses(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

function systemHosts(): string {
  try {
    return Deno.readTextFileSync(HOSTS);
  } catch {
    // A machine without such a list, or that does not let it be read, has name servers.
    return "";
  }
}

/** Addresses of a name, in lower case, in a list of the form of hosts(5). */
function ownAddresses(hosts: string, name: string): string[] {
  return hosts.split("\n").flatMap((line) => {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    const isIt = names.some((other) => other.toLowerCase() === name);
    return isIt && address !== undefined ? [address] : [];
  });
}
