/** Why a port could not be opened, as an operator would say it. */
export type PortReason = "taken" | "forbidden" | "elsewhere" | { message: string };

/** A port that could not be opened. */
export interface PortRefusal {
  /** Section of the ini: "RTMP". */
  section: string;
  transport: "TCP" | "UDP";
  port: number;
  /** The address it was to be opened at. */
  bind: string;
  reason: PortReason;
}

/** What the log says of a protocol left out: why, and the key to change. */
export function portFault(refusal: PortRefusal, isRetried = false): string {
  const { section, reason } = refusal;
  const fault = `${cause(refusal)}: ${section} is off${isRetried ? " until it is free" : ""}`;
  return typeof reason === "string" ? `${fault}. ${remedy(refusal)}` : fault;
}

/** Log message when a default port could not be opened and another one is used. */
export function portFallback(refusal: PortRefusal, instead: number): string {
  return `${cause(refusal)}: ${refusal.section} is on ${instead} instead. ${remedy(refusal)}`;
}

function cause({ transport, port, bind, reason }: PortRefusal): string {
  if (reason === "taken") return `${transport} port ${port} is taken by another program`;
  if (reason === "forbidden") return `${transport} port ${port} may not be opened by this user`;
  if (reason === "elsewhere") return `this machine has no address ${bind}`;
  return `${transport} port ${port} cannot be opened (${reason.message})`;
}

function remedy({ section, reason }: PortRefusal): string {
  const bind = section === "admin" ? `"bind" in [admin]` : `"bind"`;
  if (reason === "elsewhere") return `Set ${bind} to an address of this machine, or to 0.0.0.0`;
  return `To choose another, set "port" in [${section}], or start with --set ${section}.port=NUMBER`;
}
