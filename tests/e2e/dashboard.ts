import assert from "node:assert/strict";
import axe from "axe-core/axe.min.js" with { type: "text" };
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { withPage } from "./browser.ts";
import { inTempFolder } from "./program.ts";
import { freePort, type RunningProgram, type RunOptions, runServer } from "./server.ts";

/** A server with an admin port, and the page of it in a browser. */
export interface Dashboard {
  readonly page: Page;
  readonly browser: Browser;
  readonly server: RunningProgram;
  /** `http://127.0.0.1:port` of the admin port. */
  readonly at: string;
  readonly token: string;
  readonly folder: string;
}

export interface DashboardOptions extends RunOptions {
  readonly browser?: BrowserContextOptions;
  /** Files of the applications, by their path below `www/`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Errors in the console that the test wants, beside the 401 of the page itself. */
  readonly expectedErrors?: RegExp;
  /** More options of the browser's command line. */
  readonly browserArgs?: readonly string[];
}

/** Runs `body` with a dashboard that nobody has logged in to. */
export function withDashboard(
  { files = {}, browser: context = {}, expectedErrors, browserArgs = [], ...options }:
    DashboardOptions,
  body: (dashboard: Dashboard) => Promise<void>,
): Promise<void> {
  return inTempFolder(async (folder) => {
    for (const [path, text] of Object.entries(files)) {
      const file = `${folder}/www/${path}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(file, text);
    }
    const port = freePort();
    const data = `${folder}/data`;
    const server = await runServer({
      data,
      ...(Object.keys(files).length === 0 ? {} : { www: `${folder}/www` }),
      ...options,
      set: [`admin.port=${port}`, ...options.set ?? []],
    });
    try {
      const token = (await Deno.readTextFile(`${data}/admin.token`)).trim();
      const at = `http://127.0.0.1:${port}`;
      const expected = new RegExp(`status of 401|${expectedErrors?.source ?? "$^"}`);
      await withPage(async (page, browser) => {
        await page.goto(at);
        await body({ page, browser, server, at, token, folder });
      }, { ...context, expectedErrors: expected, args: browserArgs });
    } finally {
      await server.stop();
    }
  });
}

/** Enters the token, and waits for the overview. */
export async function logIn({ page, token }: Pick<Dashboard, "page" | "token">): Promise<void> {
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
}

/** Goes to a view by its link. */
export async function show(page: Page, view: string): Promise<void> {
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: view }).click();
  await page.getByRole("heading", { name: view, level: 1 }).waitFor();
}

/**
 * Fails when axe-core finds something that keeps somebody from using the page as it is now.
 * @param rules of axe-core; default all
 */
export async function assertUsable(
  page: Page,
  where: string,
  rules?: readonly string[],
): Promise<void> {
  // Not by a script element, which the page's policy refuses.
  await page.evaluate(axe);
  const found = await page.evaluate(
    `axe.run(${
      JSON.stringify(rules === undefined ? {} : { runOnly: rules })
    }).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + " " + nodes.map(({ target }) => target).join()))`,
  );
  assert.deepEqual(found, [], where);
  const over = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
  assert.ok(Number(over) <= 0, `${where} is ${over} pixels too wide`);
}

/** Resolves once an expression is true in the page, whose policy keeps Playwright from looking itself. */
export async function until(page: Page, expression: string): Promise<void> {
  const end = Date.now() + 30_000;
  while (await page.evaluate(`Boolean(${expression})`) !== true) {
    assert.ok(Date.now() < end, expression);
    await new Promise((resume) => setTimeout(resume, 100));
  }
}
