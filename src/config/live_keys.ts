import { boolean, changeable, choice, duration, integer } from "./key.ts";

/** The keys of `[live]`. */
export const live = {
  names: choice(
    "server",
    ["server", "application"],
    "Stream names: server: shared by all applications; application: each has its own.",
  ),
  instances: boolean(
    false,
    "Flash clients may connect to a path below an application, an instance of it.",
  ),
  gop: changeable(boolean(
    false,
    "Cache the current group of pictures (GOP), so that new players start without waiting.",
  )),
  soundWait: changeable(duration(
    42,
    [0, 1000],
    "milliseconds",
    "Streams with ten players or more: audio waits this long to be sent with video; 0 disables it.",
  )),
  videoLimit: changeable(integer(
    2_000_000,
    [10_000, 1_000_000_000],
    "bytes",
    "A player whose backlog exceeds this gets no video until the next key frame.",
  )),
  audioLimit: changeable(integer(
    4_000_000,
    [10_000, 1_000_000_000],
    "bytes",
    "A player whose backlog exceeds this gets no audio either.",
  )),
  cutLimit: changeable(integer(
    8_000_000,
    [10_000, 1_000_000_000],
    "bytes",
    "A player whose backlog exceeds this is disconnected.",
  )),
};
