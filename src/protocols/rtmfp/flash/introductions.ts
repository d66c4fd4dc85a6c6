/** One member of a group, as far as introductions go. */
export interface Member {
  /** 32 bytes. */
  readonly peerId: Uint8Array;
  /** Tells this member of another one; absent for a member whom we cannot tell anything. */
  readonly introduce?: (other: Uint8Array) => void;
}

/** Members that a newcomer is told of. */
const NEWCOMER_INTRODUCTIONS = 6;
/** A member that has been told of fewer who are still there is told of others. */
const ENOUGH = 4;
/** A member that knows so many is not told of one more who cannot be told of it. */
const PLENTY = 16;

/**
 * Who of one group was told of whom. A newcomer gets a few of the last to come, who are likely to
 * stay, and some at random, who tie the group together; whoever loses acquaintances by others'
 * leaving gets new ones. Each introduction is made to both sides, so the group stays one piece.
 */
export class GroupIntroductions {
  /** Those whom we can tell something, then those whom we cannot. */
  readonly #members: Member[] = [];
  readonly #silent: Member[] = [];
  readonly #places = new Map<Member, number>();
  readonly #known = new Map<Member, Set<Member>>();
  readonly #recent: Member[] = [];
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  get size(): number {
    return this.#members.length + this.#silent.length;
  }

  /** Whom a member was told of and who is still there. */
  knownBy(member: Member): ReadonlySet<Member> {
    return this.#known.get(member) ?? new Set();
  }

  join(member: Member): void {
    if (this.#places.has(member)) return;
    this.#known.set(member, new Set());
    for (const recent of this.#recent) this.#meet(member, recent);
    this.#meetSome(member, NEWCOMER_INTRODUCTIONS);
    const list = this.#listOf(member);
    this.#places.set(member, list.length);
    list.push(member);
    if (!member.introduce) return;
    this.#recent.push(member);
    if (this.#recent.length > NEWCOMER_INTRODUCTIONS / 2) this.#recent.shift();
  }

  leave(member: Member): void {
    const place = this.#places.get(member);
    if (place === undefined) return;
    const list = this.#listOf(member);
    const last = list.pop();
    if (last && last !== member) {
      list[place] = last;
      this.#places.set(last, place);
    }
    this.#places.delete(member);
    const recent = this.#recent.indexOf(member);
    if (recent >= 0) this.#recent.splice(recent, 1);
    const known = this.#known.get(member) ?? new Set();
    this.#known.delete(member);
    for (const other of known) this.#known.get(other)?.delete(member);
    for (const other of known) this.#meetSome(other, ENOUGH);
  }

  /** Introduces a member to others at random until it knows `wanted`, as far as there are so many. */
  #meetSome(member: Member, wanted: number): void {
    const known = this.#known.get(member);
    if (!known) return;
    // Two who can be told nothing have no use for each other.
    const count = member.introduce ? this.size : this.#members.length;
    const isListed = member.introduce !== undefined && this.#places.has(member);
    const most = Math.min(wanted, count - (isListed ? 1 : 0));
    for (let tries = 0; known.size < most && tries < 8 * wanted; tries++) {
      const at = Math.floor(this.#random() * count);
      const other = this.#members[at] ?? this.#silent[at - this.#members.length];
      if (other) this.#meet(member, other);
    }
  }

  #listOf(member: Member): Member[] {
    return member.introduce ? this.#members : this.#silent;
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
