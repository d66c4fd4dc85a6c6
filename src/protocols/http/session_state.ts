/**
 * What a connection is doing:
 * - `idle`: waits for a request, or reads its head;
 * - `receiving`: reads the body of the request;
 * - `answering`: the request is whole, and waits for its turn or for its answer;
 * - `sending`: the body of the response is made while it is sent;
 * - `tunnelling`: something else took the connection over;
 * - `refused`: the input was no request; the peer has a while to read the answer;
 * - `ending`: all is answered, and what is queued is still written;
 * - `closed`: the connection is over.
 */
export type SessionState =
  | "idle"
  | "receiving"
  | "answering"
  | "sending"
  | "tunnelling"
  | "refused"
  | "ending"
  | "closed";
