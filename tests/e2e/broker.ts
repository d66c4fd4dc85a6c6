import { inTempFolder } from "./program.ts";
import { freePort, requireProgram, type RunningProgram, runServer } from "./server.ts";

/** Who may log in to a broker: how it is started, and what its members' settings are. */
export interface Login {
  readonly scheme?: "nats" | "tls";
  /** Of nats-server. */
  readonly args: readonly string[];
  /** Of its members. */
  readonly set: readonly string[];
}

const USER: Login = {
  args: ["--user", "mona", "--pass", "s3"],
  set: ["cluster.user=mona", "cluster.password=s3"],
};

/** A broker of its own, which tests kill. */
export class Broker {
  readonly port = freePort();
  readonly #login: Login;
  #child: Deno.ChildProcess | undefined;

  constructor(login = USER) {
    this.#login = login;
  }

  /** What its members need to find it, and to log in. */
  get settings(): string[] {
    const { scheme = "nats", set } = this.#login;
    return [`cluster.nats=${scheme}://127.0.0.1:${this.port}`, ...set];
  }

  start(): void {
    this.#child = new Deno.Command("nats-server", {
      args: ["-a", "127.0.0.1", "-p", String(this.port), ...this.#login.args],
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.status;
    this.#child = undefined;
  }
}

/** Runs a test with a broker and `count` servers that are its members. */
export async function withMembers(
  count: number,
  body: (
    broker: Broker,
    members: RunningProgram[],
    start: () => Promise<RunningProgram>,
    folder: string,
  ) => Promise<void>,
  login?: Login,
): Promise<void> {
  await requireProgram("nats-server");
  await inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    const broker = new Broker(login);
    const members: RunningProgram[] = [];
    const start = () =>
      runServer({
        www: `${folder}/www`,
        data: `${folder}/data${members.length}`,
        set: [
          ...broker.settings,
          `servers.port=${freePort()}`,
          "servers.secret=s4",
        ],
      });
    try {
      broker.start();
      for (let index = 0; index < count; index++) members.push(await start());
      await Promise.all(members.map((member) => connected(member, count - 1)));
      await body(broker, members, start, folder);
    } finally {
      await Promise.all(members.map((member) => member.kill()));
      await broker.kill();
    }
  });
}

/** Waits until a member has seen so many others come, since it started. */
export function connected(member: RunningProgram, times: number): Promise<void> {
  return member.logged(new RegExp(`(is connected, as[\\s\\S]*){${times}}`));
}
