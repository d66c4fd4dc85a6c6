import { boolean, duration, integer, text } from "./key.ts";

/** The keys of scripts: `[lua]`. */
export const luaKeys = {
  instructions: integer(
    5_000_000,
    [0, 1_000_000_000_000],
    "instructions",
    "Limit of one event, which also gets 1 ms of CPU time per 100,000; 0 for no limit.",
  ),
  startInstructions: integer(
    500_000_000,
    [0, 1_000_000_000_000],
    "instructions",
    "The same for main.lua, onStart and onStop of an application.",
  ),
  clientShare: integer(
    25,
    [1, 100],
    "percent",
    "Share of each second that one client's events may use before its calls wait; 100 for all.",
  ),
  maxValues: integer(
    150_000,
    [0, 1_000_000_000],
    "values",
    "Maximum number of values and names in one message or conversion; 0 for no limit.",
  ),
  maxText: integer(
    1_048_576,
    [1024, 1_073_741_824],
    "bytes",
    "Maximum size of JSON, XML or form data that a client sends to a script.",
  ),
  memory: integer(1024, [16, 4096], "megabytes", "Memory limit of all applications together."),
  clientWaits: integer(
    16,
    [1, 10_000],
    "functions",
    "Maximum number of functions of one client's calls and events that wait at once.",
  ),
  waits: integer(
    10_000,
    [1, 1_000_000],
    "functions",
    "Maximum number of functions of one application that wait at once.",
  ),
  waitTime: duration(
    300,
    [0, 86_400],
    "seconds",
    "Longest life of a function that waits, from its start to its end; 0 for no limit.",
  ),
  fetch: text(
    "public",
    "Hosts that mona:fetch may ask: none, public, private, all, or hosts, addresses and networks.",
  ),
  fetchSize: integer(
    1_048_576,
    [1024, 1_073_741_824],
    "bytes",
    "Maximum size of a response to mona:fetch.",
  ),
  earlyConnect: boolean(
    false,
    "connect() of TCPClient returns true or false, as in early versions, instead of an error text.",
  ),
};
