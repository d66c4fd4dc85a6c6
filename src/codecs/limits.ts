/** Bounds on hostile input, shared by every format. */

/** Containers inside containers, in any format. */
export const MAX_DEPTH = 128;

/**
 * Bytes of input that one message may have read again: shared references written as copies to a
 * format without references, and long strings repeated by index. A legitimate message stays far
 * below; an exponential one ends here.
 */
export const COPY_BUDGET = 4 * 1024 * 1024;

/** The same limit for long messages, as a multiple of their length; the larger one applies. */
export const COPY_FACTOR = 4;

/** What one copy costs at least, in bytes, so that tiny copies are bounded too. */
export const COPY_COST = 16;

/**
 * Elements, attributes and other nodes of one XML or XML-RPC document: it takes 1 to 2 µs to parse
 * one, where every other format takes a tenth of that.
 */
export const MAX_XML_NODES = 65_536;

/** Values that one message may make of JavaScript. */
export const MAX_VALUES = 1_000_000;

/** Longest XML or XML-RPC document, in bytes: the one format that is held as a tree while read. */
export const MAX_XML_BYTES = 16 * 1024 * 1024;

/** Elements inside elements of XML-RPC: a container in a container is four of them. */
export const MAX_XML_RPC_DEPTH = 4 * MAX_DEPTH + 8;
