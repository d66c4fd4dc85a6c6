import { changeable, integer } from "./key.ts";

/** What one client or address may ask for: `[limits]`. */
export const limits = {
  clientRate: changeable(integer(
    50,
    [0, 1_000_000],
    "operations per second",
    "Streams, plays, publications and groups per client, burst ten times that; 0 for no limit.",
  )),
  addressRate: changeable(integer(
    2000,
    [0, 1_000_000],
    "operations per second",
    "The same for all clients of one address, connections included; 0 for no limit.",
  )),
  addressInput: integer(
    67_108_864,
    [0, 1_099_511_627_776],
    "bytes",
    "Input of one address held at one time: bodies, unfinished messages; 0 for no limit.",
  ),
  input: integer(
    268_435_456,
    [0, 1_099_511_627_776],
    "bytes",
    "The same for all addresses together; 0 for no limit.",
  ),
  handshakes: integer(
    400,
    [1, 1_000_000],
    "handshakes per second",
    "Key agreements of RTMFP, and of RTMPE; one address may use half of them.",
  ),
  flows: integer(
    200,
    [1, 1_000_000],
    "flows per second",
    "RTMFP flows that a client opens, after a burst of 1,024.",
  ),
  tunnels: integer(
    100,
    [1, 1_000_000],
    "tunnels per second",
    "RTMPT sessions opened per address, burst ten times that.",
  ),
};

/** The limits of shared objects: `[sharedObjects]`. */
export const sharedObjects = {
  objects: integer(10_000, [1, 10_000_000], "objects", "Shared objects, used or stored."),
  clientObjects: integer(100, [1, 100_000], "objects", "Shared objects that one client uses."),
  slots: integer(10_000, [1, 10_000_000], "slots", "Slots of one shared object."),
  objectBytes: integer(
    1_000_000,
    [1_000, 1_000_000_000],
    "bytes",
    "Names and values of one shared object.",
  ),
  clientBytes: integer(
    4_000_000,
    [1_000, 1_000_000_000],
    "bytes",
    "What one client has set, in all shared objects.",
  ),
  bytes: integer(
    256_000_000,
    [1_000, 100_000_000_000],
    "bytes",
    "All shared objects, used or stored.",
  ),
  clientRate: integer(
    500,
    [0, 1_000_000],
    "changes per second",
    "Changes per client, burst four times that; a faster client waits; 0 for no limit.",
  ),
};
