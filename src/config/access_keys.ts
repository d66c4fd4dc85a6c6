import { boolean, choice, duration, integer, secret, text } from "./key.ts";

/** The keys of `[access]`; its rules are lines of patterns beside them. */
export const access = {
  keys: text("", "File of keys, relative to dir: a name, its key and until when in each line."),
  secret: secret("Secret that signs links; anyone with such a link is let in."),
  jwtKeys: text("", "Keys of tokens (JWT): the URL of a JWKS, or a file in PEM or JWKS."),
  jwtSecret: secret("Secret of tokens that are signed by HS256, of 32 bytes or more."),
  jwtIssuer: text("", "What the claim iss of tokens has to be; empty for anything."),
  jwtAudience: text("", "What the claim aud of tokens has to have; empty for anything."),
  jwtClaim: text(
    "",
    "The claim that holds what a token allows; empty: claims named publish, play…",
  ),
  hook: secret("URL that is asked by POST who may publish, play, connect and read files."),
  hookFor: text("publish play", "What the hook is asked for where an action has no rules."),
  hookFormat: choice(
    "json",
    ["json", "nginx", "srs"],
    "Form of requests and answers: json, or that of nginx-rtmp or of SRS.",
  ),
  hookSecret: secret("What requests to the hook are signed by; empty for no signature."),
  hookTimeout: duration(5, [1, 25], "seconds", "How long an answer of the hook may take."),
  hookRetries: integer(1, [0, 5], "attempts", "Further attempts when the hook does not answer."),
  hookDown: choice(
    "refuse",
    ["refuse", "allow"],
    "What is decided when the hook does not answer: refuse or allow.",
  ),
  hookConnections: integer(100, [1, 1000], "requests", "Requests to the hook at one time."),
  hookEvents: boolean(true, "The hook is told, too, when a publication or a play begins or ends."),
};
