/** The server, as scripts see it: the global `mona`, or `cumulus`. */
export class Mona {}
