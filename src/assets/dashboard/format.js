/** Numbers, times and names as an operator reads them. */

const UNITS = ["", "k", "M", "G", "T"];

function scaled(value, unit, step = 1000) {
  let at = 0;
  let size = Math.max(0, value || 0);
  while (size >= step && at < UNITS.length - 1) {
    size /= step;
    at++;
  }
  const digits = at > 0 && size < 10 ? 1 : 0;
  return `${size.toFixed(digits)} ${UNITS[at]}${unit}`;
}

/** Bytes per second as bits, which is how networks are sold. */
export const bitRate = (bytesPerSecond) => scaled((bytesPerSecond || 0) * 8, "bit/s");

export const byteSize = (bytes) => scaled(bytes, "B");

export const count = (value) => (value ?? 0).toLocaleString("en");

export const percent = (part) => `${(100 * (part || 0)).toFixed(part < 0.1 ? 1 : 0)} %`;

/** Something per second, with a digit where it matters. */
export const perSecond = (
  value,
) => (value < 10 ? Math.round(10 * (value || 0)) / 10 : Math.round(value));

/** How long something took or takes, in the two largest units. */
export function duration(ms) {
  if (!(ms >= 0)) return "–";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1000);
  const [d, h, m, s] = [
    Math.floor(seconds / 86400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  if (d > 0) return `${d} d ${h} h`;
  if (h > 0) return `${h} h ${m} min`;
  return m > 0 ? `${m} min ${s} s` : `${s} s`;
}

/** The time of day; with the day where it is not today's. */
export function timeOf(at, now = Date.now()) {
  const date = new Date(at);
  const time = date.toLocaleTimeString("en-GB");
  return date.toDateString() === new Date(now).toDateString()
    ? time
    : `${date.toLocaleDateString("en-CA")} ${time}`;
}

/** Characters of a name that are shown at once: peers choose names, of any length. */
const LONGEST = 120;

/** What would turn the direction of text, or has no shape of its own, can make a name look like another. */
// deno-lint-ignore no-control-regex
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** A text from a client, short, on one line, with a mark for characters that cannot be seen. */
export function shortened(text, longest = LONGEST) {
  const line = String(text ?? "").replace(/\s+/g, " ").replace(HIDDEN, "\ufffd");
  return line.length <= longest ? line : `${line.slice(0, longest)}…`;
}

/** How many there are of something: "1 stream", "2 streams". */
export const several = (number, one, many = `${one}s`) =>
  `${count(number)} ${number === 1 ? one : many}`;

/** Frames that were missed: how many per second now, and in all. */
export function missed(rate, all) {
  if (all === 0) return "none";
  return rate === 0 ? `${count(all)} before` : `${perSecond(rate)}/s, ${count(all)} in all`;
}
