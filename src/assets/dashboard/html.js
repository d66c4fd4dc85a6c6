import htm from "htm";
import { h } from "preact";

/** Makes elements of a template, with preact: no text of others ever becomes markup. */
export const html = htm.bind(h);
