/** A web server of a test's own, such as a hook. */
export interface WebServer {
  readonly url: string;
  /** What came, as method, path and body. */
  readonly requests: { readonly target: string; readonly body: string }[];
  answer: (request: Request, body: string) => Response | Promise<Response>;
  close(): Promise<void>;
}

/** Serves on a free port of this machine; every answer is 200 until the test says otherwise. */
export function serveWeb(): WebServer {
  const end = new AbortController();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {}, signal: end.signal },
    async (request) => {
      const body = await request.text();
      const { pathname, search } = new URL(request.url);
      web.requests.push({ target: `${request.method} ${pathname}${search}`, body });
      return await web.answer(request, body);
    },
  );
  const web: WebServer = {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests: [],
    answer: () => new Response(),
    close: async () => {
      end.abort();
      await server.finished;
    },
  };
  return web;
}
