/** One member of a group. */
export interface Member {
  /** 32 bytes. */
  readonly peerId: Uint8Array;
  /** Tells this member of another one; absent for a member on another server. */
  readonly introduce?: (other: Uint8Array) => void;
}

/** Members that a newcomer is told of. */
const NEWCOMER_INTRODUCTIONS = 6;
/** A member that knows fewer present members is told of others. */
const ENOUGH = 4;
/** A member that knows this many is not told of another one on another server. */
const PLENTY = 16;

/**
 * Introduces the members of one group to each other. A newcomer is told of a few recent members, who
 * are likely to stay, and of some at random, who keep the group connected; a member whose
 * acquaintances leave is told of others. Both sides of an introduction are told.
 */
export class GroupIntroductions {
  /** Members on this server, and those on other servers, which cannot be told anything. */
  readonly #local: Member[] = [];
  readonly #remote: Member[] = [];
  readonly #indices = new Map<Member, number>();
  readonly #known = new Map<Member, Set<Member>>();
  readonly #recent: Member[] = [];
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  get size(): number {
    return this.#local.length + this.#remote.length;
  }

  /** Present members that a member was told of. */
  knownBy(member: Member): ReadonlySet<Member> {
    return this.#known.get(member) ?? new Set();
  }

  join(member: Member): void {
    if (this.#indices.has(member)) return;
    this.#known.set(member, new Set());
    for (const recent of this.#recent) this.#meet(member, recent);
    this.#meetSome(member, NEWCOMER_INTRODUCTIONS);
    const list = this.#listOf(member);
    this.#indices.set(member, list.length);
    list.push(member);
    if (!member.introduce) return;
    this.#recent.push(member);
    if (this.#recent.length > NEWCOMER_INTRODUCTIONS / 2) this.#recent.shift();
  }

  leave(member: Member): void {
    const index = this.#indices.get(member);
    if (index === undefined) return;
    const list = this.#listOf(member);
    const last = list.pop();
    if (last && last !== member) {
      list[index] = last;
      this.#indices.set(last, index);
    }
    this.#indices.delete(member);
    const recent = this.#recent.indexOf(member);
    if (recent >= 0) this.#recent.splice(recent, 1);
    const known = this.#known.get(member) ?? new Set();
    this.#known.delete(member);
    for (const other of known) this.#known.get(other)?.delete(member);
    for (const other of known) this.#meetSome(other, ENOUGH);
  }

  /** Introduces a member to others at random until it knows `wanted`, or all that there are. */
  #meetSome(member: Member, wanted: number): void {
    const known = this.#known.get(member);
    if (!known) return;
    // Two members on other servers are not introduced: neither could be told.
    const count = member.introduce ? this.size : this.#local.length;
    const isListed = member.introduce !== undefined && this.#indices.has(member);
    const most = Math.min(wanted, count - (isListed ? 1 : 0));
    for (let tries = 0; known.size < most && tries < 8 * wanted; tries++) {
      const at = Math.floor(this.#random() * count);
      const other = this.#local[at] ?? this.#remote[at - this.#local.length];
      if (other) this.#meet(member, other);
    }
  }

  #listOf(member: Member): Member[] {
    return member.introduce ? this.#local : this.#remote;
  }

  #meet(one: Member, other: Member): void {
    const known = this.#known.get(one);
    const back = this.#known.get(other);
    if (one === other || !known || known.has(other)) return;
    const told = one.introduce ? known : back;
    if (!(one.introduce && other.introduce) && (told?.size ?? 0) >= PLENTY) return;
    known.add(other);
    back?.add(one);
    one.introduce?.(other.peerId);
    other.introduce?.(one.peerId);
  }
}
