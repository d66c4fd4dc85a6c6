import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { requireProgram } from "./server.ts";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];

export interface PageOptions extends BrowserContextOptions {
  /** Errors in the console that the test wants; others fail it. */
  readonly expectedErrors?: RegExp;
  /** More options of its command line. */
  readonly args?: readonly string[];
}

/** Runs `body` with a page of Debian's Chromium, which fails the test when its console has an error. */
export async function withPage(
  body: (page: Page, browser: Browser) => Promise<void>,
  { expectedErrors, args = [], ...options }: PageOptions = {},
): Promise<void> {
  await requireProgram("chromium");
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [...ARGS, ...args],
  });
  try {
    const page = await browser.newPage(options);
    const errors: string[] = [];
    const note = (text: string) => {
      if (expectedErrors?.test(text) !== true) errors.push(text);
    };
    page.on("pageerror", (error) => note(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") note(message.text());
    });
    await body(page, browser);
    if (errors.length > 0) throw new Error(`errors in the page:\n${errors.join("\n")}`);
  } finally {
    await browser.close();
  }
}
