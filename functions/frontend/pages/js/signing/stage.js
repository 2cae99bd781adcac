// At which stage one signer is: decided from the contract alone, and from whether they just came back.
import { late } from "../status.js";

// stage names the stage of me: "ready", "confirming", "turn", "others", "closing", "preparing", "withdrawing", "done",
// "late" (everyone signed after it had ended), "declined", "expired", "cancelled". The texts and buttons of each stand under this name.
export function stage(contract, me, returned) {
  if (late(contract)) return "late";
  switch (contract.status) {
    case "completed": return "done";
    case "signed": return contract.documents?.signed ? "done" : "closing";
    case "declined": case "expired": case "cancelled": return contract.status;
    case "sent": return sent(contract, me, returned);
    default: return "preparing";
  }
}

function sent(contract, me, returned) {
  if (me.state === "signed") return contract.signers.every(({ state }) => state === "signed") ? "closing" : "others";
  if (me.state === "declined") return "declined";
  if (contract.cancel_wanted) return "withdrawing";
  if (me.state !== "invited") return "turn";
  return returned ? "confirming" : "ready";
}
