/**
 * Memory that tells whether a child was made by copying the page tables of its parent.
 *
 * After fork(2) every page of both is read-only until it is written to: each costs a page fault then, also when the child has
 * long ended. With CLONE_VM there is none. A count says so on any machine, under any load; a time would not.
 */
const MEGABYTES = 64;
const PAGE = 4096;

export class Ballast {
  readonly pages = (MEGABYTES << 20) / PAGE;
  // Written to: memory that is only reserved has no page table.
  readonly #memory = Buffer.alloc(MEGABYTES << 20, 1);

  /** Page faults that reached no disk, of `act` and of a write to each page after it (getrusage(2), ru_minflt). */
  async faultsAfter(act: () => unknown): Promise<number> {
    this.#write();
    const before = process.resourceUsage().minorPageFault;
    await act();
    this.#write();
    return process.resourceUsage().minorPageFault - before;
  }

  #write(): void {
    for (let at = 0; at < this.#memory.length; at += PAGE) this.#memory[at]! ^= 1;
  }
}
