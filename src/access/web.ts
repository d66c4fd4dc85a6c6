import type { WebAnswer, WebRequest } from "../net/mod.ts";

/** Sends a request to another server. */
export type Web = (request: WebRequest) => Promise<WebAnswer>;
