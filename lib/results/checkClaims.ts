import { AssertionError } from "node:assert";
import { table } from "../figures/table.js";

/** Something a notebook says, and whether it held in this run. */
export interface Claim {
  /** In words, with the threshold. */
  claim: string;
  holds: boolean;
  /** Holds only for the published data; with drawn digits it is skipped, never passed. Default false. */
  needsRealData?: boolean;
}

/** A claim that was looked at. */
export interface CheckedClaim {
  claim: string;
  outcome: "passed" | "failed" | "skipped";
}

/**
 * Decides which claims passed; those that need the published data are skipped when other data stands in.
 *
 * @param data What the notebook ran on.
 */
export function judgeClaims(claims: readonly Claim[], data: { isReal: boolean }): CheckedClaim[] {
  return claims.map(({ claim, holds, needsRealData = false }) => ({
    claim,
    outcome: needsRealData && !data.isReal ? "skipped" : holds ? "passed" : "failed",
  }));
}

/**
 * Shows a notebook's claims as a table and fails the cell unless all hold.
 *
 * @param claims At least one.
 * @param data What the notebook ran on: a loaded data set.
 * @throws {AssertionError} When a claim does not hold, naming all that do not.
 * @example checkClaims([{ claim: "QAP reaches .985", holds: accuracy >= 0.985, needsRealData: true }], mnist);
 */
export function checkClaims(claims: readonly Claim[], data: { isReal: boolean }): void {
  const checked = judgeClaims(claims, data);
  const signs = { passed: "✔ holds", failed: "✘ does not hold", skipped: "skipped: needs the real data" };
  table(checked.map(({ claim, outcome }) => ({ claim, outcome: signs[outcome] })));
  const failed = checked.filter(({ outcome }) => outcome === "failed").map(({ claim }) => claim);
  if (failed.length > 0) {
    throw new AssertionError({ message: `${failed.length} of ${claims.length} claims do not hold: ${failed.join("; ")}` });
  }
}
