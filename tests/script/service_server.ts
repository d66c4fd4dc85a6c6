import { systemClock } from "../../src/base/mod.ts";
import { WriteScheduler } from "../../src/net/mod.ts";
import { serviceGlobals, serviceObjects } from "../../src/script/mod.ts";
import {
  DataStore,
  Fetcher,
  FetchRules,
  Mailer,
  type MailSettings,
  NameTable,
} from "../../src/services/mod.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { TestServer } from "./support.ts";

const SMTP: MailSettings = {
  host: "127.0.0.1",
  port: 1,
  timeout: 5000,
  user: "",
  password: "",
  tls: "never",
};

/** A server without network of its own, whose scripts have sockets, mail and data. */
export class ServiceServer extends TestServer {
  readonly data: DataStore;
  readonly mailer: Mailer;

  private constructor(
    files: string | Record<string, string>,
    data: DataStore,
    mailer: Mailer,
    dataFolder: string | undefined,
    names: NameTable,
    earlyConnect: boolean,
  ) {
    const scheduler = new WriteScheduler(systemClock);
    const sockets = { clock: systemClock, scheduler };
    const rules = new FetchRules("all");
    const fetcher = new Fetcher({ clock: systemClock, rules, maxSize: 1_000_000 });
    const services = { sockets, mailer, fetcher, data, names, earlyConnect };
    super(files, { extensions: serviceObjects(services), globals: serviceGlobals(services) });
    this.#scheduler = scheduler;
    this.#fetcher = fetcher;
    this.data = data;
    this.mailer = mailer;
    this.#dataFolder = dataFolder;
  }

  readonly #dataFolder: string | undefined;
  readonly #scheduler: WriteScheduler;
  readonly #fetcher: Fetcher;

  /** `directory`: the folder of `data`, for a test that starts twice; else one of the test's own. */
  static start(
    files: string | Record<string, string>,
    { directory, smtp, names = new NameTable(systemClock), earlyConnect = false }: {
      directory?: string;
      smtp?: Partial<MailSettings>;
      names?: NameTable;
      earlyConnect?: boolean;
    } = {},
  ): ServiceServer {
    const own = directory === undefined ? Deno.makeTempDirSync({ prefix: "data" }) : undefined;
    const data = DataStore.open({
      directory: directory ?? own ?? "",
      clock: systemClock,
      log: new CaptureLog(),
    });
    const mailer = new Mailer({ ...SMTP, ...smtp }, systemClock);
    return new ServiceServer(files, data, mailer, own, names, earlyConnect);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    super[Symbol.dispose]();
    await this.mailer.close();
    await this.data.close();
    this.#fetcher.close();
    if (this.#dataFolder !== undefined) Deno.removeSync(this.#dataFolder, { recursive: true });
    // Sockets that scripts left are closed by now, but the runtime has them a turn longer.
    await this.turn();
    this.#scheduler.close();
  }

  /** Lets sockets and mails go on for a turn. */
  turn(): Promise<void> {
    return new Promise((resolve) => void systemClock.after(1, resolve));
  }

  /** Runs Lua until it returns true; the test's own time limit ends it otherwise. */
  async until(source: string): Promise<void> {
    while (this.run(`return ${source}`)[0] !== true) await this.turn();
  }
}
